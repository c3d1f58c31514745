"""What frontends see and say: snapshots, actions, fields, and the door that lets answers in."""
