"""Every order in which the steps of several actors can follow one another, played for real.

Each actor is a function on a thread of its own that calls ``step()`` before each of its
steps. One actor runs at a time, up to its next step; a schedule is played from the start
for each order that hasn't been seen.
"""

import threading
from collections.abc import Callable, Iterator, Sequence

Step = Callable[[], None]
_PATIENCE = 10.0


class Actor:
    """One thread that moves only when it is told to."""

    def __init__(self, act: Callable[[Step], None]) -> None:
        self._go, self._stands = threading.Semaphore(0), threading.Semaphore(0)
        self.is_done = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(act,), daemon=True)
        self._thread.start()
        self._await()

    def move(self) -> None:
        """Let it take its next step and stand before the one after. Raises what it raised."""
        self._go.release()
        self._await()
        if self._error is not None:
            raise self._error

    def _await(self) -> None:
        if not self._stands.acquire(timeout=_PATIENCE):
            raise TimeoutError("an actor takes no step")

    def _step(self) -> None:
        self._stands.release()
        self._go.acquire()

    def _run(self, act: Callable[[Step], None]) -> None:
        try:
            act(self._step)
        except BaseException as error:  # told by move()
            self._error = error
        finally:
            self.is_done = True
            self._stands.release()


def every_order(play: Callable[[Callable[[int], int]], None]) -> Iterator[None]:
    """Play once for each way in which the choices can fall.

    ``play`` asks the function it is given to choose one of so many, as often as it likes.
    """
    choices = _Choices([])
    while True:
        play(choices)
        yield
        following = _next(choices.taken)
        if not following:
            return
        choices = _Choices(following)


class _Choices:
    """Chooses as it was told to, and the first of what there is from then on."""

    def __init__(self, told: Sequence[int]) -> None:
        self._told = told
        self.taken: list[tuple[int, int]] = []

    def __call__(self, among: int) -> int:
        turn = len(self.taken)
        choice = self._told[turn] if turn < len(self._told) else 0
        self.taken.append((choice, among))
        return choice


def _next(taken: Sequence[tuple[int, int]]) -> list[int]:
    """The choices that come after these, the last ones changing first; empty at the end."""
    choices = list(taken)
    while choices:
        choice, among = choices.pop()
        if choice + 1 < among:
            return [*(one for one, _ in choices), choice + 1]
    return []
