"""Each order is played, and none twice."""

from collections.abc import Callable
from math import comb

import pytest

from tests.support.interleaving import Actor, Step, every_order


def test_two_actors_of_three_steps_meet_in_every_order() -> None:
    seen: list[str] = []

    def play(choose: Callable[[int], int]) -> None:
        order: list[str] = []

        def acts(name: str) -> Callable[[Step], None]:
            def act(step: Step) -> None:
                for _ in range(3):
                    step()
                    order.append(name)

            return act

        actors = [Actor(acts("a")), Actor(acts("b"))]
        while ready := [actor for actor in actors if not actor.is_done]:
            ready[choose(len(ready))].move()
        seen.append("".join(order))

    for _ in every_order(play):
        pass

    assert len(seen) == len(set(seen)) == comb(6, 3)


def test_an_error_in_an_actor_is_told_to_who_moves_it() -> None:
    def fail(step: Step) -> None:
        step()
        raise ValueError("as it should")

    with pytest.raises(ValueError, match="as it should"):
        Actor(fail).move()
