//! The highest level that a picture of some size can show (`capLevelToPlayerSize`, off by default).

/// The first of the levels (width and height in pixels, ascending) that covers a picture of this size and whose next level has
/// another size; the top if none does, 0 of none.
pub fn level_for_size(levels: &[(u32, u32)], width: f64, height: f64) -> usize {
    let side = width.max(height);
    let covers = |i: &usize| {
        let (w, h) = levels[*i];
        f64::from(w.max(h)) >= side && levels.get(i + 1) != Some(&levels[*i])
    };
    (0..levels.len()).find(covers).unwrap_or(levels.len().saturating_sub(1))
}
