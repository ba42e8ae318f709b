"""Subscriptions: weekly summaries and red-line alerts as messages, by e-mail and to webhooks."""
