"""What every domain stands on: database, endpoint, problems, permissions, events, outbox, paging, clock."""
