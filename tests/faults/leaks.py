"""I7: no secret rests anywhere it should not; each sink must first give a planted canary back."""

from tests.faults.pickup import Pickups
from tests.faults.stage import Stage
from tests.smoke.sinks import Sinks


def leaks(stage: Stage, pickups: Pickups) -> list[str]:
    """Every secret found in a sink, and every sink that did not give the canary back."""
    if not stage.secrets:
        pickups.until_revealed(stage.issued())
    sinks = Sinks(stage.stack)
    planted = sinks.plant()
    stage.rows("DELETE FROM daypass_cache WHERE cache_key = 'planted' RETURNING 1")
    blind = [f"the canary planted in {sink} was not found" for sink in sinks.texts() if sink not in planted]
    found = sinks.look_for(stage.secrets)
    stage.secrets = {}
    return [*blind, *found]
