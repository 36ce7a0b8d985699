"""The scripted year, a few of its days: every act of every case, and twelve stations that agree."""

from itertools import islice
from pathlib import Path

import pytest

from node.demo.plan import TOP
from node.demo.year.closing import check_acts, compare, rank, report
from node.demo.year.figures import read_figures
from node.demo.year.network import founded
from node.demo.year.script import Pace, Year, working_days

HURRIED = Pace(post_every=2, look_every=1, rarely=2, last_days=2, results_days=3)


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_the_first_days_of_the_year_hold_every_act_and_all_twelve_agree(
    tmp_path: Path,
) -> None:
    days = [*islice(working_days(2025), 10)]
    async with founded(tmp_path / "network", days[0]) as network:
        year = Year(network, days, HURRIED)
        await year.play(lambda day, of: None)

        assert await check_acts(network)
        assert await report(network, "2025") == 11
        assert "12 stations agree" in await rank(network, "2025")
        assert await compare(network)
        figures = {each.name: each.value for each in await read_figures(network[TOP.slug])}
        assert figures["走访企业"] == year.field.visits
        assert figures["转移成果"] > 5
