"""What a store holds, summed up: tables (`reported`, `summary`), maps (`density`, `layout`), the `worst` cases."""
