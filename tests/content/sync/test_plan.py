"""A plan follows from values alone: what fits comes by priority, what does not is named."""

from content.repository.targets import TargetDescription
from content.store.generation import HeldArchive
from content.sync.plan import Kind, Point, make_plan

MB = 10**6
WIDE = Point(disk_bytes=10**12, room_bytes=10**12)


def target(name: str, size: int = MB, **more: object) -> TargetDescription:
    facts: dict[str, object] = {
        "path": f"c/{name}.zim",
        "name": name,
        "collection": "c",
        "sha256": name * 2,
        "size_bytes": size,
        "map_sha256": "m",
        "map_size": 100,
        "title": name,
        "works": 1,
        **more,
    }
    return TargetDescription(**facts)  # type: ignore[arg-type]


def held(name: str, sha256: str = "old", origin: str = "province") -> HeldArchive:
    return HeldArchive(name, f"{name}.zim", sha256, MB, "u", name, "2026-11-25", origin)


def kinds(
    offered: list[TargetDescription], have: list[HeldArchive], point: Point
) -> dict[str, str]:
    return {one.name: str(one.kind) for one in make_plan(offered, have, point).actions}


def test_new_changed_kept_and_retired() -> None:
    have = [held("b"), held("c", "cc"), held("d"), held("own", origin="local")]
    assert kinds([target("a"), target("b"), target("c")], have, WIDE) == {
        "a": "new",
        "b": "changed",
        "c": "kept",
        "d": "retired",
    }


def test_room_goes_to_the_highest_priority_to_the_byte() -> None:
    offered = [target("low", priority=10), target("high", priority=90), target("big", 9 * MB)]
    need = int(MB * 1.1) + 100
    for room, expected in ((2 * need, "new"), (2 * need - 1, "left-out")):
        found = kinds(offered, [], Point(10**12, room))
        assert found == {"high": "new", "big": "left-out", "low": expected}


def test_what_does_not_fit_says_how_much_is_missing() -> None:
    (action,) = make_plan([target("a", 100 * MB)], [], Point(10**12, 10 * MB)).actions
    assert action.kind == Kind.LEFT_OUT
    assert action.reason == "no room: 100 MB more would be needed"


def test_content_for_others_is_left_out_but_what_is_held_stays() -> None:
    offered = [
        target("here", communes=("03390",)),
        target("there", communes=("99999",)),
        target("large", min_disk_bytes=10**13),
        target("held", communes=("99999",)),
    ]
    point = Point(10**12, 10**12, commune="03390")
    assert kinds(offered, [held("held")], point) == {
        "here": "new",
        "there": "left-out",
        "large": "left-out",
        "held": "changed",
    }


def test_a_metered_link_brings_the_small_ones() -> None:
    offered = [target("a", 5 * MB), target("b", 6 * MB), target("c", 20 * MB)]
    point = Point(10**12, 10**12, most_bytes=11 * MB)
    assert kinds(offered, [], point) == {"a": "new", "b": "new", "c": "left-out"}


def test_a_local_archive_is_never_replaced() -> None:
    assert kinds([target("a")], [held("a", origin="local")], WIDE) == {"a": "left-out"}


def test_what_is_replaced_waits_for_its_successor() -> None:
    new = target("new", replaces="old")
    actions = {one.name: one for one in make_plan([new], [held("old")], WIDE).actions}
    assert (actions["old"].kind, actions["old"].reason) == (Kind.RETIRED, "new")
    assert kinds([new], [held("old")], Point(10**12, 0)) == {"new": "left-out"}


def test_the_same_values_give_the_same_plan() -> None:
    offered = [target(name, priority=50) for name in "cab"]
    assert make_plan(offered, [], WIDE) == make_plan(reversed(offered), [], WIDE)


def test_a_limit_of_the_point_counts_what_is_held_and_what_is_replaced() -> None:
    have = [held("a"), held("own", origin="local")]
    limited = Point(10**12, 10**12, limit_bytes=2 * MB)
    assert kinds([target("a"), target("b"), target("c")], have, limited) == {
        "a": "changed",
        "b": "new",
        "c": "left-out",
    }
    swap = [target("a", MB, sha256="old"), target("n", 2 * MB, replaces="a")]
    assert kinds(swap, have, limited)["n"] == "new"
    (left,) = make_plan([target("d", 3 * MB)], have, limited).of(Kind.LEFT_OUT)
    assert "limit_gb" in left.reason
    full = Point(10**12, 10**12, limit_bytes=0)
    assert kinds([target("a", MB)], have, full) == {"a": "changed"}
    assert kinds([target("a", MB + 1)], have, full) == {"a": "left-out"}


def test_only_wanted_collections_come_and_what_is_held_is_kept_up() -> None:
    wants = Point(10**12, 10**12, collections=("d",))
    offered = [target("a"), target("b", collection="d"), target("c")]
    assert kinds(offered, [held("c")], wants) == {"a": "left-out", "b": "new", "c": "changed"}


def test_a_metered_link_refuses_large_new_archives_but_not_changes() -> None:
    metered = Point(10**12, 10**12, most_bytes=2 * MB)
    offered = [target("a", 3 * MB), target("b", MB), target("c", 2 * MB)]
    assert kinds(offered, [held("a")], metered) == {"a": "changed", "b": "new", "c": "left-out"}
