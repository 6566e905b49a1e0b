"""The generated demo world: a test instrument, never proof."""
