"""Makes the same call in many threads at once."""

from __future__ import annotations

import threading
from collections.abc import Callable


def in_threads(call: Callable[[int], object], count: int = 32) -> None:
    """Call a function with 0 to ``count`` - 1, each in its own thread, and wait for all. Raises what a thread
    raised."""
    raised: list[BaseException] = []

    def run(number: int) -> None:
        try:
            call(number)
        except BaseException as error:
            raised.append(error)

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "a thread did not end within 60 s"
    for error in raised:
        raise error
