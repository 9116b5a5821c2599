"""Random legal lives of an order, as its broker reports them: in order, the books agree with every word of it.

A failure prints the life and how to replay it. The run is the same each time; a long one draws afresh:

    ORDERSTAMP_FUZZ=2000 pytest tests/behaviour/test_reports_converge.py [--hypothesis-seed=N]
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from support.fold_tables import Conn
from support.report_arrivals import arrivals
from support.report_arriving import arrive
from support.report_fold import outcome
from support.report_lives import Life, lives
from support.report_noise import Noise
from support.report_said import Asked
from support.report_stream import Stream
from support.report_words import Style, styles

LONG = int(os.environ.get("ORDERSTAMP_FUZZ", "0"))
PROFILE = settings(
    max_examples=LONG or 250,
    derandomize=not LONG,
    print_blob=True,
    report_multiple_bugs=False,
    database=None,
    deadline=None,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.slow
@PROFILE
@given(life=lives(), style=styles)
def test_in_order_the_books_agree_with_every_word(trader: Conn, life: Life, style: Style) -> None:
    with trader.transaction(force_rollback=True):
        stream = Stream(trader, life)
        if life.recorded:
            stream.place()
        for one in life.happened:
            if isinstance(one, Asked):
                assert stream.ask(one) == "received"
                continue
            stream.apply(one, style)
            stream.check_facts(one.tells)
            assert stream.discrepancies() == []
            stream.repeat(one, style)
            stream.check_books()
        assert outcome(life.placed, life.reports, good_till=life.good_till).ord_status == life.facts.ord_status


@pytest.mark.slow
@PROFILE
@given(data=st.data())
def test_out_of_order_they_end_where_the_right_order_would_have(trader: Conn, data: st.DataObject) -> None:
    life = data.draw(lives(), "life")
    steps = data.draw(arrivals(life), "arrivals")
    with trader.transaction(force_rollback=True):
        stream = Stream(trader, life)
        if life.recorded:
            stream.place()
        noise = Noise(stream)
        arrive(stream, noise, steps)
        facts = outcome(life.placed, life.reports, good_till=life.good_till)
        assert facts.ord_status == life.facts.ord_status
        stream.check_facts(facts, ids=False)
        stream.check_holdings(facts, noise.exited)
