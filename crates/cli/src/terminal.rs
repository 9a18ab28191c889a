//! A session drawn in a terminal: the rate over the link's capacity, the buffer below it, and where it stalled, in Unicode
//! blocks.

use anstyle::{AnsiColor, Style};
use qoe::Session;
use units::{BitRate, Seconds};

use crate::text::{WIDTH, short};

/// Room for the numbers at the left, and the line beside them.
const LABEL: usize = 7;
const RATE_ROWS: usize = 8;
const BUFFER_ROWS: usize = 4;
/// Above this many times the highest bitrate, capacity says nothing about the rule.
const HEADROOM: f64 = 2.0;
/// A column filled to so many eighths.
const EIGHTHS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

const RATE: Style = AnsiColor::Blue.on_default();
const CAPACITY: Style = AnsiColor::BrightBlack.on_default();
const BUFFER: Style = AnsiColor::Green.on_default();
const STALL: Style = AnsiColor::Red.on_default().bold();

/// Draws a session. `link` is the capacity of the link: each rate holds from its time on; ascending.
pub(crate) fn timeline(session: &Session, link: &[(Seconds, BitRate)]) -> String {
    let columns = WIDTH - LABEL - 2;
    let last = session.downloads.iter().map(|d| d.finish_s).fold(session.wall_s, Seconds::max);
    let end = if last > Seconds::ZERO { last.get() } else { 1.0 };
    let step = end / columns as f64;
    let spans: Vec<(f64, f64)> = (0..columns).map(|c| (c as f64 * step, (c + 1) as f64 * step)).collect();

    let requests: Vec<(f64, f64)> =
        session.downloads.iter().map(|d| (d.request_s.get(), d.bitrate_kbps.kbps())).collect();
    let fetched = session.downloads.iter().map(|d| d.finish_s.get()).fold(0.0, f64::max);
    let rates: Vec<f64> = spans
        .iter()
        .map(|&(from, to)| if from < fetched { mean(&requests, from, to) } else { 0.0 })
        .collect();
    let capacity: Vec<(f64, f64)> = link.iter().map(|(t, r)| (t.get(), r.kbps())).collect();
    let capacity: Vec<f64> = spans.iter().map(|&(from, to)| mean(&capacity, from, to)).collect();
    let levels: Vec<(f64, f64)> =
        session.buffer_levels().iter().map(|(t, level)| (t.get(), level.get())).collect();
    let buffer: Vec<f64> = spans.iter().map(|&(from, to)| between(&levels, (from + to) / 2.0)).collect();

    let top = rates.iter().copied().fold(0.0, f64::max);
    let high =
        capacity.iter().copied().fold(top, f64::max).min(if top > 0.0 { top * HEADROOM } else { f64::MAX });
    let (unit, scale) = if high >= 1000.0 { ("Mbit/s", 1000.0) } else { ("kbit/s", 1.0) };
    let mut text = format!(
        "{RATE}█{RATE:#} bitrate over the time of its download, {CAPACITY}░{CAPACITY:#} link capacity, in {unit}\n"
    );
    for row in (0..RATE_ROWS).rev() {
        let label = if row == RATE_ROWS - 1 { short(high / scale) } else { String::new() };
        let cells = rates.iter().zip(&capacity).map(|(rate, carried)| {
            match (fill(*rate, high, RATE_ROWS, row), fill(*carried, high, RATE_ROWS, row)) {
                (0, 0..=3) => (' ', None),
                (0, _) => ('░', Some(CAPACITY)),
                (eighths, _) => (EIGHTHS[eighths], Some(RATE)),
            }
        });
        line(&mut text, &label, cells);
    }
    let most = buffer.iter().copied().fold(0.0, f64::max).max(1.0);
    text.push_str(&format!("{BUFFER}█{BUFFER:#} buffer, in s\n"));
    for row in (0..BUFFER_ROWS).rev() {
        let label = if row == BUFFER_ROWS - 1 { short(most) } else { String::new() };
        let cells = buffer.iter().map(|level| {
            let eighths = fill(*level, most, BUFFER_ROWS, row);
            (EIGHTHS[eighths], (eighths > 0).then_some(BUFFER))
        });
        line(&mut text, &label, cells);
    }
    let startup = session.startup_delay_s.get();
    let stalls: Vec<(f64, f64)> =
        session.stalls.iter().map(|s| (s.start_s.get(), s.start_s.get() + s.duration_s.get())).collect();
    let cells = spans.iter().map(|&(from, to)| {
        if stalls.iter().any(|s| s.0 < to && s.1 > from) {
            ('■', Some(STALL))
        } else if from < startup {
            ('·', Some(CAPACITY))
        } else {
            (' ', None)
        }
    });
    line(&mut text, "stalls", cells);
    let right = format!("{} s", short(end));
    let room = columns.saturating_sub(1 + right.chars().count());
    text.push_str(&format!("{:LABEL$} └{}\n", "", "─".repeat(columns)));
    text.push_str(&format!("{:LABEL$}  0{:room$}{right}\n", "", ""));
    text
}

/// How many eighths of a row, counted from the bottom, a value fills.
fn fill(value: f64, high: f64, rows: usize, row: usize) -> usize {
    let part = (value / high * rows as f64 - row as f64).clamp(0.0, 1.0);
    let eighths = (part * 8.0).round() as usize;
    // What there is shows, however little.
    if row == 0 && value > 0.0 { eighths.max(1) } else { eighths }
}

/// The mean of a step function over a span; 0 before its first step.
fn mean(steps: &[(f64, f64)], from: f64, to: f64) -> f64 {
    let first = steps.partition_point(|s| s.0 <= from).saturating_sub(1);
    let (mut sum, mut i) = (0.0, first);
    while let Some(&(start, value)) = steps.get(i).filter(|s| s.0 < to) {
        let end = steps.get(i + 1).map_or(to, |next| next.0.min(to));
        sum += value * (end - start.max(from)).max(0.0);
        i += 1;
    }
    sum / (to - from)
}

/// The value of a line through points at a time; 0 outside of them.
fn between(points: &[(f64, f64)], at: f64) -> f64 {
    let next = points.partition_point(|p| p.0 <= at);
    match (next.checked_sub(1).and_then(|i| points.get(i)), points.get(next)) {
        (Some(a), Some(b)) if b.0 > a.0 => a.1 + (b.1 - a.1) * (at - a.0) / (b.0 - a.0),
        (Some(a), Some(_)) => a.1,
        _ => 0.0,
    }
}

/// A row: its label, and cells of which neighbours of one style share it.
fn line(text: &mut String, label: &str, cells: impl Iterator<Item = (char, Option<Style>)>) {
    let mut row = String::new();
    let mut open: Option<Style> = None;
    for (cell, style) in cells {
        if style != open {
            if let Some(style) = open {
                row.push_str(&format!("{style:#}"));
            }
            if let Some(style) = style {
                row.push_str(&format!("{style}"));
            }
            open = style;
        }
        row.push(cell);
    }
    if let Some(style) = open {
        row.push_str(&format!("{style:#}"));
    }
    text.push_str(&format!("{label:>LABEL$} │{}\n", row.trim_end()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_of_steps_and_values_of_lines_are_exact() {
        let steps = [(0.0, 2.0), (4.0, 6.0)];
        assert_eq!(mean(&steps, 0.0, 4.0), 2.0);
        assert_eq!(mean(&steps, 2.0, 6.0), 4.0);
        assert_eq!(mean(&steps, 8.0, 9.0), 6.0);
        assert_eq!(mean(&[(1.0, 3.0)], 0.0, 2.0), 1.5);
        assert_eq!(between(&[(0.0, 0.0), (2.0, 4.0)], 1.0), 2.0);
        assert_eq!(between(&[(0.0, 0.0), (2.0, 4.0)], 3.0), 0.0);
    }

    #[test]
    fn a_value_fills_its_rows_from_the_bottom() {
        let column = |value: f64| (0..4).map(|row| fill(value, 8.0, 4, row)).collect::<Vec<_>>();
        assert_eq!(column(8.0), [8, 8, 8, 8]);
        assert_eq!(column(5.0), [8, 8, 4, 0]);
        assert_eq!(column(0.01), [1, 0, 0, 0]);
        assert_eq!(column(0.0), [0, 0, 0, 0]);
    }
}
