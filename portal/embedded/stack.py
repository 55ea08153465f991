"""Everything that Daypass is, as processes on this machine: the servers it needs, and its own."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Self

from portal.embedded.aws import RunningAws, start_aws
from portal.embedded.environment import environment_of, role_of
from portal.embedded.mail import Mail
from portal.embedded.openid import CLIENT_ID, CompanyServer, Employee
from portal.embedded.ports import Ports
from portal.embedded.postgres import Postgres
from portal.embedded.process import Child, Command, Server
from portal.embedded.programs import PROGRAMS, Program, command_of, is_ready
from portal.embedded.secrets import kept_secrets
from portal.embedded.state import CHECKOUT, make_private
from portal.embedded.valkey import Valkey
from portal.openid import CALLBACK

REGION: Final = "eu-central-1"
PREFERRED: Final[Mapping[str, int]] = {
    "web": 8000,
    "inbox": 8025,
    "smtp": 8026,
    "postgres": 8027,
    "valkey": 8028,
    "aws": 8029,
    "company": 8030,
}
COMMAND_SECONDS: Final = 120
READY_SECONDS: Final = 60


class Stack:
    """One stack in one state directory, which the caller holds locked. Start it from the main thread."""

    def __init__(self, *, state: Path, durable: bool = True, preferred: Mapping[str, int] = PREFERRED) -> None:
        """Choose ports and make keys; ``preferred`` {} takes any free ports. Nothing is started yet."""
        self.state = state
        self.logs = make_private(state / "logs")
        self.secrets = kept_secrets(state)
        ports = Ports(state)
        self._ports = {name: ports.pick(name, preferred.get(name, 0)) for name in PREFERRED}
        self.postgres = Postgres(
            state=state, port=self._ports["postgres"], passwords=self.secrets.database, durable=durable
        )
        self.valkey = Valkey(state=state, port=self._ports["valkey"], password=self.secrets.broker_password)
        self.mail = Mail(
            state=state,
            smtp_port=self._ports["smtp"],
            inbox_port=self._ports["inbox"],
            password=self.secrets.smtp_password,
            site=self.public_url,
        )
        self.aws: RunningAws | None = None
        self.company: CompanyServer | None = None
        self.children: dict[str, Child] = {}

    @property
    def public_url(self) -> str:
        """PUBLIC_URL. By name, because passkeys and Secure cookies want ``localhost``."""
        return f"http://localhost:{self._ports['web']}"

    @property
    def servers(self) -> tuple[Server, ...]:
        """What Daypass needs, in the order of starting; AWS aside."""
        return (self.postgres, self.valkey, self.mail)

    def environment(self, process: str) -> dict[str, str]:
        """What ``process`` (environment.PROCESSES) may know, and nothing else."""
        kept = self.secrets
        known = {
            "HOME": str(self.state),
            "SECRET_KEY": kept.secret_key,
            "DATABASE_URL": self.postgres.socket_url(role_of(process)),
            "CELERY_BROKER_URL": self.valkey.url,
            "PUBLIC_URL": self.public_url,
            "SEALING_KEYS": kept.sealing_keys,
            "PICKUP_CODE_KEY": kept.pickup_code_key,
            "MAIL_SEALING_PUBLIC_KEY": kept.mail_sealing_public_key,
            "MAIL_SEALING_KEYS": kept.mail_sealing_keys,
            "EMAIL_URL": self.mail.url,
            "DEMO_INBOX_URL": self.mail.inbox_url,
        }
        return environment_of(process, known | self._aws_variables(process) | self._company_variables())

    def _aws_variables(self, process: str) -> dict[str, str]:
        aws = self.aws
        if aws is None:
            return {}
        is_revoker = process == "revoke"
        credentials = aws.revoker_credentials_file if is_revoker else aws.issuer_credentials_file
        config = aws.revoker_config_file if is_revoker else aws.issuer_config_file
        return {
            "AWS_SHARED_CREDENTIALS_FILE": str(credentials),
            "AWS_CONFIG_FILE": str(config),
            "AWS_ENDPOINT_URL_STS": aws.endpoint_url,
            "AWS_ENDPOINT_URL_IAM": aws.endpoint_url,
            "AWS_ENDPOINT_URL_S3": aws.endpoint_url,
            "RECIPIENT_AWS_ENDPOINT_URL": aws.recipient_endpoint_url,
            "CONSOLE_SIGN_IN_ENDPOINT_URL": aws.endpoint_url,
        }

    def _company_variables(self) -> dict[str, str]:
        if self.company is None:
            return {}
        company = self.company.company
        return {
            "OIDC_ISSUER_URL": company.issuer,
            "OIDC_CLIENT_ID": CLIENT_ID,
            "OIDC_CLIENT_SECRET": company.client_secret,
            "OIDC_NAME": "Demo company",
        }

    def start_servers(self) -> None:
        """PostgreSQL, Valkey, mail and AWS; ServerFailedError names the one that did not come up."""
        for server in self.servers:
            server.start()
        self.start_aws()
        self.start_company()

    def start_company(self) -> None:
        """The sign-in of the company that the demo's staff work for."""
        redirect_url = f"{self.public_url}{CALLBACK}"
        self.company = CompanyServer(port=self._ports["company"], redirect_url=redirect_url, people=self._staff)
        self.company.start()

    def start_aws(self) -> None:
        """AWS alone, on the port it had."""
        self.aws = start_aws(state=self.state / "aws", log=self.logs / "aws.log", port=self._ports["aws"])

    def manage(self, *arguments: str, more: Mapping[str, str] | None = None) -> str:
        """``manage.py`` as the database's owner, who may know ``more``; what it printed, or ServerFailedError."""
        command = Command(
            name=f"manage.py {arguments[0]}",
            argv=(sys.executable, "manage.py", *arguments),
            environment=self.environment("manage") | dict(more or {}),
            directory=CHECKOUT,
            log=self.logs / "manage.log",
        )
        child = Child(command)
        try:
            child.wait_for_success(seconds=COMMAND_SECONDS)
        finally:
            child.kill()
        return child.output()

    def prepare(self) -> None:
        """Migrate; then the demo's people, vendor and templates, unless they are there.

        The templates are tested with STS before they are published, so that this one command plays the issue worker.
        """
        self.manage("migrate", "--verbosity", "0")
        account = self.aws.account_id if self.aws else ""
        self.manage(
            "seed_demo",
            "--state",
            str(self.state),
            "--account-id",
            account,
            "--region",
            REGION,
            more=self._aws_variables("issue"),
        )

    def start_program(self, program: Program) -> Child:
        """One of Daypass's own processes, not waited for."""
        command = command_of(
            program, environment=self.environment(program.process), port=self._ports["web"], logs=self.logs
        )
        self.children[program.process] = Child(command)
        return self.children[program.process]

    def _staff(self) -> list[Employee]:
        people: list[dict[str, str]] = json.loads((self.state / "people.json").read_text())
        return [
            Employee(f"employee-{each['email']}", each["email"], each["name"]) for each in people if each["password"]
        ]

    def start_programs(self) -> None:
        """Web, workers and beat, all at once, then wait for each."""
        for program in PROGRAMS:
            self.start_program(program)
        for program in PROGRAMS:
            self.wait_for(program)

    def wait_for(self, program: Program) -> None:
        """Until it takes work; ServerFailedError with the end of its log when it does not."""
        child, port = self.children[program.process], self._ports["web"]
        child.wait_until(lambda: is_ready(program, child, port), seconds=READY_SECONDS)

    def restart(self, process: str) -> None:
        """Start web, a worker or beat again, whether it is still there or not, and wait for it."""
        program = next(program for program in PROGRAMS if program.process == process)
        self.children[process].stop(seconds=program.grace)
        self.start_program(program)
        self.wait_for(program)

    def start_what_ended(self) -> list[str]:
        """Start again whatever has ended by itself; what there is to say about each."""
        messages = []
        for server in self.servers:
            if server.child.exit_status is not None:
                messages.append(f"{server.child.failed('has ended')}\nStarting it again.")
                server.stop()
                server.start()
        if self.aws and any(child.exit_status is not None for child in self.aws.children):
            messages.append("The AWS stand-in has ended. Starting it again.")
            self.aws.stop()
            self.start_aws()
        for process, child in list(self.children.items()):
            if child.exit_status is not None:
                messages.append(f"{child.failed('has ended')}\nStarting it again.")
                self.restart(process)
        return messages

    def start(self) -> None:
        """Everything, seeded; on failure nothing is left running."""
        try:
            self.start_servers()
            self.prepare()
            self.start_programs()
        except BaseException:
            self.stop()
            raise

    def stop(self, *, in_a_hurry: bool = False) -> None:
        """Everything, our own processes first; when this returns no process is left. Twice is once."""
        for child in self.children.values():
            child.ask_to_stop()
        for program in PROGRAMS:
            if program.process in self.children:
                self.children.pop(program.process).stop(seconds=0.1 if in_a_hurry else program.grace)
        if self.aws:
            self.aws.stop()
        if self.company:
            self.company.stop()
            self.company = None
        for server in reversed(self.servers):
            server.stop()

    def __enter__(self) -> Self:
        """Everything, seeded."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is left running."""
        self.stop()
