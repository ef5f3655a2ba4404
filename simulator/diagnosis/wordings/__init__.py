"""What clients say, and what it may mean. Law: this room reads a text and nothing else; no socket, no certificate."""

from simulator.diagnosis.wordings.explaining import Explanation, explain, explain_lines, load_wordings

__all__ = ["Explanation", "explain", "explain_lines", "load_wordings"]
