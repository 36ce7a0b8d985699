"""Processes that play one world together: what each says reaches all, and failures are heard of."""

import os

import pytest

from node.simulation.measure import measure
from node.simulation.team import Talk, Team, together


def test_each_process_hears_what_every_other_says_in_the_order_of_their_numbers() -> None:
    def play(team: Team) -> tuple[list[int], list[str], int]:
        told = team.tell(team.rank * 10)
        given = team.swap([f"{team.rank} to {other}" for other in range(team.size)])
        return told, given, team.total(1)

    assert together(3, play) == ([0, 10, 20], ["0 to 0", "1 to 0", "2 to 0"], 3)


def test_long_messages_both_ways_do_not_wait_for_each_other() -> None:
    def play(team: Team) -> list[int]:
        return [len(each) for each in team.tell(bytes(5_000_000 + team.rank))]

    assert together(2, play) == [5_000_000, 5_000_001]


def test_what_each_says_while_it_works_comes_to_every_other_in_its_order_and_ends() -> None:
    def play(team: Team) -> list[list[str]]:
        others = [rank for rank in range(team.size) if rank != team.rank]
        heard: dict[int, list[str]] = {rank: [] for rank in others}
        talk: Talk[str] = team.talk()
        for number in range(3):
            talk.say(dict.fromkeys(others, f"{number} " + "x" * 300_000), is_last=number == 2)
        while not talk.is_over:
            for rank, item in talk.hear(waits=True):
                heard[rank].append(item[:1])
        return [heard[rank] for rank in others]

    assert together(3, play) == [["0", "1", "2"]] * 2


def test_who_waits_for_the_talk_of_a_process_that_ended_is_told() -> None:
    def play(team: Team) -> None:
        if team.rank == 1:
            os._exit(7)
        for _ in team.talk().hear(waits=True):
            pytest.fail("nobody said anything")

    with pytest.raises(ChildProcessError, match="ended early"):
        together(2, play)


def test_all_say_so_only_when_every_process_does() -> None:
    assert together(2, lambda team: (team.all_say(True), team.all_say(team.rank == 0))) == (
        True,
        False,
    )


def test_a_process_alone_hears_itself() -> None:
    assert together(1, lambda team: (team.tell("x"), os.getpid())) == (["x"], os.getpid())


def test_a_process_that_ends_early_is_told_of_and_nobody_waits_for_it() -> None:
    def play(team: Team) -> None:
        if team.rank == 1:
            os._exit(7)
        team.tell("still here")

    with pytest.raises(ChildProcessError, match="ended early"):
        together(2, play)


def test_a_process_that_fails_in_the_end_is_told_of() -> None:
    def play(team: Team) -> None:
        if team.rank == 1:
            os._exit(7)

    with pytest.raises(ChildProcessError, match="failed"):
        together(2, play)


def test_a_country_played_by_two_processes_converges_drills_and_comes_out_the_same_each_time() -> (
    None
):
    first, again = (measure(1, 42, lambda _: None, drills=few, jobs=2, sampled=4) for few in (1, 0))

    assert first.holds
    assert first.curve[-1][1] == 1.0
    assert first.read_models_sampled == 4
    assert [each.removed for each in first.drills] == ["national"]
    assert again.trace == first.trace
