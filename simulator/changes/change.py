"""What a change is: a pure function from deployment to deployment, with a name and an owner.

Law: a change's signature is all there is to know of its parameters. The YAML schema, the JSON schema and the
hypothesis strategies are read from it, and its docstring is its documentation.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from simulator.model.deployment import Deployment
from simulator.model.finding import Party

Transform = Callable[..., Deployment]


@dataclass(frozen=True, slots=True)
class Between:
    """A whole number from `low` to `high`, both included. `unit` is for people: days, bits."""

    low: int
    high: int
    unit: str = ""


class HostName:
    """A host as it stands in a URL: a DNS name under a reserved domain, or an IP address without brackets."""


class Identifiers:
    """A list of presented identifiers, written "DNS:name", "IP:address", "URI:…" or "email:…"."""


Days = Annotated[int, Between(1, 3650, "days")]
Host = Annotated[str, HostName()]
Names = Annotated[tuple[str, ...], Identifiers()]

Rule = Between | HostName | Identifiers | tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of a change. `rule` is a marker of this module, or the tuple of allowed words."""

    name: str
    rule: Rule
    default: Any
    required: bool


class Refused(ValueError):
    """A change that makes no sense on this deployment ("there is no intermediate"): one sentence for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A named change. Calling it applies it; it raises `Refused` where it makes no sense, never anything else."""

    id: str
    party: Party
    shows: tuple[str, ...]
    """Findings that this change alone can show, where it fits, to some client. Empty for shortcuts."""
    apply: Transform
    kind: Literal["fault", "shortcut", "improvement"] = "fault"
    title: str = ""
    """What reports call a shortcut or an improvement."""

    def __call__(self, deployment: Deployment, **parameters: Any) -> Deployment:
        """The changed deployment. Raises `Refused` where the change does not fit this deployment or changes nothing."""
        changed = self.apply(deployment, **parameters)
        if changed == deployment:
            raise Refused(f"{self.id} changes nothing here: it is so already")
        return changed

    @property
    def doc(self) -> str:
        """What it does, in one or two sentences: the first paragraph of its function's docstring."""
        return " ".join((self.apply.__doc__ or "").split("\n\n")[0].split())

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Its parameters, read from the signature."""
        import inspect

        hints = get_type_hints(self.apply, include_extras=True)
        return tuple(
            Parameter(
                name=p.name,
                rule=_rule(hints[p.name]),
                default=None if p.default is inspect.Parameter.empty else p.default,
                required=p.default is inspect.Parameter.empty,
            )
            for p in list(inspect.signature(self.apply).parameters.values())[1:]
        )


def _rule(hint: Any) -> Rule:
    if get_origin(hint) is Annotated:
        rule = get_args(hint)[1]
        if isinstance(rule, Between | HostName | Identifiers):
            return rule
    if get_origin(hint) is Literal:
        return tuple(get_args(hint))
    raise TypeError(f"a change's parameter is a number in a range, a word of a set, a host or names, not {hint!r}")


class Registry:
    """Changes by id, filled by the decorators below while a module of changes is imported."""

    def __init__(self) -> None:
        """An empty registry."""
        self._changes: dict[str, Change] = {}

    def fault(self, party: Party, *shows: str) -> Callable[[Transform], Change]:
        """Registers a fault: `party` is who erred, `shows` the findings that it shows alone."""

        def register(function: Transform) -> Change:
            return self._add(Change(id=_id(function), party=party, shows=shows, apply=function))

        return register

    def shortcut(self, title: str, party: Party = "client") -> Callable[[Transform], Change]:
        """Registers something tempting that people do instead of mending the cause; `title` is shown in reports."""

        def register(function: Transform) -> Change:
            return self._add(
                Change(id=_id(function), party=party, shows=(), apply=function, kind="shortcut", title=title)
            )

        return register

    def improvement(self, party: Party, title: str) -> Callable[[Transform], Change]:
        """Registers something that makes a deployment better than its baseline."""

        def register(function: Transform) -> Change:
            return self._add(
                Change(id=_id(function), party=party, shows=(), apply=function, kind="improvement", title=title)
            )

        return register

    def _add(self, change: Change) -> Change:
        if change.id in self._changes:
            raise ValueError(f"two changes are called {change.id}")
        self._changes[change.id] = change
        return change

    @property
    def changes(self) -> Mapping[str, Change]:
        """All of them, by id."""
        return self._changes


def edit(deployment: Deployment, role: str, **fields: Any) -> Deployment:
    """The deployment with some fields of the certificate `role` replaced. Raises `Refused` where there is none."""
    try:
        return deployment.with_certificate(replace(deployment.spec(role), **fields))
    except KeyError:
        raise Refused(f"this deployment issues no certificate called {role}") from None


def _id(function: Transform) -> str:
    return function.__name__.replace("_", "-")
