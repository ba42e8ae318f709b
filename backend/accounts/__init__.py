"""People and how they prove who they are: sign-in, sessions, tokens, invitations, memberships."""
