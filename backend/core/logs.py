"""Logs: one JSON object a line on standard error, traces without local values (they could hold what is private)."""

import logging
import sys

import structlog


def configure() -> None:
    """Sets the process's logging up; safe to repeat."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
