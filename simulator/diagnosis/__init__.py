"""From evidence to findings, behind the wall: nothing here can know what was planned."""
