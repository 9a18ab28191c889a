//! The player over real HTTP, with many sources for one segment.
