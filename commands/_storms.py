"""Which incidents have no card of their own because a storm stands for them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from bot.logic.words import plural
from bot.model.incident import Incident
from bot.model.post import CardKey
from bot.model.storm import Storm
from bot.ports import Storms


def in_storms(storms: Storms, incidents: Iterable[Incident]) -> Mapping[int, Storm]:
    """The storm that stands for an incident's running episode, by the incident's number."""
    keys = [CardKey(i.number, i.state.episode) for i in incidents]
    return {key.incident: storm for key, storm in storms.of(keys).items()} if keys else {}


def storm_lines(gathered: Mapping[int, Storm]) -> Iterator[str]:
    """`317 incidents are on one card, storm 3 in #ml-alerts`, a line for each storm."""
    count = Counter(storm.number for storm in gathered.values())
    channels = {storm.number: storm.channel for storm in gathered.values()}
    for number, incidents in sorted(count.items()):
        verb = "is" if incidents == 1 else "are"
        bare = channels[number].lstrip("#")
        where = bare if bare.isupper() else f"#{bare}"  # ids have capitals only
        yield f"{plural(incidents, 'incident')} {verb} on one card: storm {number} in {where}."
