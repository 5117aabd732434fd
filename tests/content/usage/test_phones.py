"""A day is shared when several phones met a work; who they were is known to nobody."""

import pytest

from content.usage import phones as phones_module
from content.usage.cells import SHARED
from content.usage.events import Family, Key
from content.usage.phones import BITS, Phones
from content.usage.visits import MAX_AGENTS, Visitors, phone_of

BOOK: Key = (Family.WORK, "w1", "phone", False)
DAY = "2027-03-10"


@pytest.fixture
def _as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phones_module, "BITS", BITS)


def test_as_many_phones_as_it_takes_and_not_one_fewer() -> None:
    phones = Phones()
    for number in range(SHARED):
        assert not phones.is_shared(DAY, BOOK)
        for _ in range(3):
            phones.meet(DAY, BOOK, bytes([number]) * 8)
    assert phones.is_shared(DAY, BOOK)
    assert phones.is_shared(DAY, (*BOOK[:2], "touch", False)), "on whatever surface"
    assert not phones.is_shared(DAY, (Family.WORK, "w2", "phone", False))
    assert not phones.is_shared("2027-03-11", BOOK)


def test_all_browsers_of_a_phone_and_all_visits_at_the_touch_screen_are_one_phone() -> None:
    visitors, phones = Visitors(), Phones()
    browsers = [b"browser %d" % number for number in range(2 * MAX_AGENTS)]
    tokens = [visitors.token(b"10.0.0.7", one) for one in browsers]
    assert len(set(tokens)) == MAX_AGENTS + 1
    assert len({phone_of(one) for one in tokens}) == 1
    touch = []
    for _ in range(20):
        touch.append(visitors.touch_token())
        visitors.touch_left()
    assert len(set(touch)) == 20
    for one in (*tokens, *touch):
        phones.meet(DAY, BOOK, one)
    assert not phones.is_shared(DAY, BOOK)


@pytest.mark.usefixtures("_as_it_is")
def test_the_sketch_never_takes_few_phones_for_several() -> None:
    shared = {1: 0, SHARED - 1: 0, SHARED: 0, 40: 0}
    for count in shared:
        for village in range(99):
            phones = Phones()
            for number in 2 * list(range(count)):
                phones.meet(DAY, BOOK, b"%2d%2d" % (number, village))
            shared[count] += phones.is_shared(DAY, BOOK)
    # Three throws onto eight bits are all others in 66 of 100.
    assert 45 < shared.pop(SHARED) < 85
    assert shared == {1: 0, SHARED - 1: 0, 40: 99}


@pytest.mark.usefixtures("_as_it_is")
def test_one_phone_in_eight_could_have_been_it() -> None:
    """What the memory of the process says of a work that one phone met."""
    phones = Phones()
    phones.meet(DAY, BOOK, b"reader\0\0")

    def fits(other: bytes) -> bool:
        tried = Phones()
        tried.meet(DAY, BOOK, other)
        return tried._met == phones._met

    fitting = sum(fits(number.to_bytes(4, "big") * 2) for number in range(4_000))
    assert 0.7 * 4_000 / BITS < fitting < 1.3 * 4_000 / BITS


@pytest.mark.usefixtures("_as_it_is")
def test_a_phone_sets_another_bit_for_each_work() -> None:
    phones = Phones()
    for number in range(200):
        phones.meet(DAY, (Family.WORK, f"w{number}", "phone", False), b"reader\0\0")
    assert len(set(phones._met[DAY].values())) == BITS


def test_days_are_forgotten() -> None:
    phones = Phones()
    for day in ("2027-03-09", "2027-03-10"):
        for number in range(99):
            phones.meet(day, BOOK, number.to_bytes(4, "big"))
    phones.forget(before="2027-03-10")
    assert [phones.is_shared(day, BOOK) for day in ("2027-03-09", "2027-03-10")] == [False, True]
    phones.move("2027-03-10", "2027-06-01")
    assert phones.is_shared("2027-06-01", BOOK)
    assert not phones.is_shared("2027-03-10", BOOK)
    phones.forget()
    assert not phones.is_shared("2027-06-01", BOOK)
