"""Values without behavior: ids, assets, shots, licenses, people. Frozen and pure."""
