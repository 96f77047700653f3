"""Which object stands under which public name, and how public modules find it when it is first asked for."""
