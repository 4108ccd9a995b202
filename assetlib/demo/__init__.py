"""The demo production "Northlight": two characters, a set, a prop, a cut and their contracts, all authored by code.

Everything here is made by this project, procedurally and without random state, so that the pictures in
the documentation can be shown, licensed and proven like any production's own work.
"""
