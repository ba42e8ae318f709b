"""Routes."""

BLUEPRINTS: tuple[object, ...] = ()
