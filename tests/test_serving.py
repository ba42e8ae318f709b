"""What gunicorn asks of us."""

import gc

from backend import serving


def test_a_web_process_leaves_what_it_is_made_of_alone() -> None:
    try:
        serving.post_worker_init(None)
        assert gc.get_freeze_count() > 100_000
        assert len(gc.get_objects()) < gc.get_freeze_count()
    finally:
        gc.unfreeze()
