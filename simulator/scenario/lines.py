"""Lines that speak of clients: what one is expected to do, which grade a fix earns for it. Law: the first line whose
client and `when` both match counts.
"""

from __future__ import annotations

from simulator.model.finding import FINDINGS
from simulator.model.grade import GRADES
from simulator.scenario.fields import Fields
from simulator.scenario.scenario import Claim, Expectation
from simulator.scenario.tree import Node, Scalar, Sequence
from simulator.scenario.vocabulary import ANY, CLIENTS, TRAITS

VERDICTS = ("accepted", "rejected")


class Lines(Fields):
    """Reads such lines and collects problems."""

    def expectation(self, node: Node) -> Expectation | None:
        """A line of `expect`; None where a problem was told."""
        keys = self.entries(node, "an expect line", ("client", "verdict"), ("when", "message", "finding"))
        before = len(self.problems)
        client = self._client(keys["client"]) if "client" in keys else None
        when = self._when(keys["when"]) if "when" in keys else ()
        verdict = self.word(keys["verdict"], "verdict", VERDICTS) if "verdict" in keys else None
        message = self.text(keys["message"], "message") if "message" in keys else None
        finding = self.word(keys["finding"], "finding", FINDINGS) if "finding" in keys else None
        if verdict == "accepted" and "message" in keys:
            self.tell(keys["message"], "who accepts says no message", "leave it out, or the verdict is rejected")
        if client is None or verdict is None or len(self.problems) > before:
            return None
        return Expectation(client=client, when=when, verdict=verdict, message=message, finding=finding)  # type: ignore[arg-type]  # one of VERDICTS

    def _client(self, node: Node) -> str | None:
        return self.word(node, "client", (*CLIENTS, ANY))

    def _when(self, node: Node) -> tuple[str, ...]:
        conditions: list[str] = []
        for item in [node] if isinstance(node, Scalar) else self.items(node, "when", some=True):
            text = self.text(item, "when")
            if text is None:
                continue
            negated, trait = text.startswith("not "), text.removeprefix("not ")
            if trait not in TRAITS:
                self.tell(item, f'no trait "{trait[:40]}"', self.problems.meant(trait, TRAITS))
                continue
            if trait in conditions or f"not {trait}" in conditions:
                self.tell(item, f"{trait} stands here twice")
            conditions.append(f"not {trait}" if negated else trait)
        return tuple(conditions)

    def claims(self, node: Node) -> list[tuple[Claim | None, Node]]:
        """A claim, a grade alone or lines, each with its node; None for a line of which a problem was told."""
        if isinstance(node, Scalar):
            grade = self.word(node, "grade", GRADES)
            return [(Claim(grade=grade), node)] if grade else []  # type: ignore[arg-type]  # one of GRADES
        if isinstance(node, Sequence) and not node.items:
            self.tell(node, "claim is empty", "it wants a grade or lines of {client, when, grade}")
        return [(self._claim(item), item) for item in self.items(node, "claim")]

    def _claim(self, node: Node) -> Claim | None:
        before = len(self.problems)
        keys = self.entries(node, "a claim", ("grade",), ("client", "when"))
        grade = self.word(keys["grade"], "grade", GRADES) if "grade" in keys else None
        client = self._client(keys["client"]) if "client" in keys else ANY
        when = self._when(keys["when"]) if "when" in keys else ()
        if grade is None or client is None or len(self.problems) > before:
            return None
        return Claim(client=client, when=when, grade=grade)  # type: ignore[arg-type]  # one of GRADES
