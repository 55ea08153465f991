"""The strict double: an HTTP proxy in front of the AWS stand-in that adds what the stand-in lacks.

Run as ``python -m portal.embedded.aws.double --state DIR --port N --upstream-port N --account-id N``.
"""

import argparse
import asyncio
import contextlib
import os
import sys
import traceback
from pathlib import Path
from typing import Final

from portal.embedded.aws.double_control import PREFIX, Control
from portal.embedded.aws.double_errors import refusal_answer
from portal.embedded.aws.double_faults import REFUSALS, Fault, Faults
from portal.embedded.aws.double_iam import Iam
from portal.embedded.aws.double_records import Records, with_request_id
from portal.embedded.aws.double_register import Register, write_private
from portal.embedded.aws.double_root import Root
from portal.embedded.aws.double_signin import PATH, SignIn
from portal.embedded.aws.double_sizes import without_sizes
from portal.embedded.aws.double_spoil import SPOILS
from portal.embedded.aws.double_sts import Sts
from portal.embedded.aws.double_upstream import Upstream
from portal.embedded.aws.double_wire import (
    LOOPBACK,
    Answer,
    BadMessageError,
    DropConnectionError,
    Request,
    read_request,
)

# The stand-in's own switches (one of them forgets everything) are for nobody behind the double.
HIDDEN: Final = ("/_", "/health")


class Double:
    """Answers every request: the double's own endpoints, STS and IAM strictly, all else unchanged."""

    def __init__(self, *, state: Path, upstream_port: int, account_id: str) -> None:
        """``state`` holds token, register, records and journal."""
        endpoint_url = f"http://{LOOPBACK}:{upstream_port}"
        register, root = Register(state / "register.json"), Root(endpoint_url)
        self._upstream = Upstream(host=LOOPBACK, port=upstream_port)
        self._faults, self._records = Faults(), Records(state / "calls.jsonl")
        token = (state / "control-token").read_text()
        self._control = Control(token=token, faults=self._faults, records=self._records)
        self._signin = SignIn(endpoint_url)
        self._strict: dict[str, Sts | Iam] = {
            "sts": Sts(upstream=self._upstream, root=root, register=register, account_id=account_id),
            "iam": Iam(upstream=self._upstream, root=root, register=register, journal=state / "inline-policies.json"),
        }

    async def respond(self, request: Request) -> Answer:
        """The answer to one request; DropConnectionError when there shall be none."""
        path = request.path
        if path.startswith(PREFIX):
            return self._control.answer(request)
        if path == PATH and "Action" in request.query:
            return await self._signin.answer(request)
        if path.startswith(HIDDEN):
            return Answer.of(404, b"not found", content_type="text/plain")
        service = request.credential[1]
        return await (self._strictly(request, service) if service in self._strict else self._upstream.forward(request))

    async def _strictly(self, request: Request, service: str) -> Answer:
        fault = self._faults.take(request.form.get("Action", ""))
        if fault is None:
            answer = with_request_id(await self._strict[service].answer(request))
            self._records.write(request, answer, fault=None, lost=False)
            return answer
        return await self._meeting(fault, request, service)

    async def _meeting(self, fault: Fault, request: Request, service: str) -> Answer:
        lost = fault.kind == "lost_answer"
        answer = await self._spoiled(fault, request, service)
        self._records.write(request, answer, fault=fault, lost=lost)  # before the client can know
        if answer is None or lost:
            await asyncio.sleep(fault.seconds)
            raise DropConnectionError
        return answer

    async def _spoiled(self, fault: Fault, request: Request, service: str) -> Answer | None:
        if fault.kind in REFUSALS:
            return refusal_answer(REFUSALS[fault.kind], service=service, date=fault.date())
        if fault.kind in {"hang", "drop"}:
            return None
        if fault.kind == "delay":
            await asyncio.sleep(fault.seconds)
        answer = with_request_id(await self._strict[service].answer(request))
        if fault.kind in SPOILS:
            return answer.with_body(SPOILS[fault.kind](answer.wire_body))
        if fault.kind == "omit_sizes":
            return without_sizes(answer)
        if fault.kind == "malformed_xml":
            return answer.with_body(answer.wire_body[: len(answer.wire_body) // 2])
        return answer

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client connection, request after request."""
        try:
            while (request := await read_request(reader, writer)) is not None:
                writer.write((await self._respond_always(request)).to_wire())
                await writer.drain()
        except DropConnectionError:
            writer.transport.abort()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, BadMessageError, ValueError):
            pass  # not a client worth an answer
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _respond_always(self, request: Request) -> Answer:
        try:
            return await self.respond(request)
        except DropConnectionError:
            raise
        except Exception:  # noqa: BLE001 - one failed request must not end the double
            traceback.print_exc(file=sys.stderr)
            return Answer.of(502, b"the stand-in did not answer", content_type="text/plain")


async def run(*, state: Path, port: int, upstream_port: int, account_id: str) -> None:
    """Serve until ended; the port that was really taken goes to the file ``double.port``."""
    double = Double(state=state, upstream_port=upstream_port, account_id=account_id)
    server = await asyncio.start_server(double.serve, LOOPBACK, port, backlog=512)
    write_private(state / "double.port", str(server.sockets[0].getsockname()[1]))
    async with server:
        await server.serve_forever()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream-port", type=int, required=True)
    parser.add_argument("--account-id", required=True)
    chosen = parser.parse_args()
    os.umask(0o077)  # the records name who asked for what
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(
            run(state=chosen.state, port=chosen.port, upstream_port=chosen.upstream_port, account_id=chosen.account_id)
        )


if __name__ == "__main__":
    main()
