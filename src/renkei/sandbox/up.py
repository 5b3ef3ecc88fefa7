"""`renkei sandbox up`: the network of a folder, running and loaded."""

from pathlib import Path

from renkei.sandbox.bodies import BODIES
from renkei.sandbox.build import Size, prepared, resume
from renkei.sandbox.examples import FILE, script
from renkei.sandbox.layout import Layout, SandboxFile
from renkei.sandbox.network import Progress
from renkei.sandbox.scenario import Scenario
from renkei.sandbox.stage import NetworkStage


async def bring_up(root: Path, size: Size, progress: Progress) -> SandboxFile:
    """Start what is down. A new network is built and loaded with residents, codes and replicas first.

    If that is interrupted, what was started is stopped again: half a network is of no use to anybody.
    """
    if Layout(root.resolve()).file.exists():
        return await resume(root, progress)
    async with prepared(root, size, progress) as (network, people):
        lines = {body.id: network.line(body.id) for body in BODIES}
        await Scenario(NetworkStage(network, progress), lines, people, 0).load()
        (network.layout.root / FILE).write_text(script(network.state))
        network.complete()
        return network.state
