//! What there is to see of a live session: latency and playback rate over time, and their digest.

use plot::{Axis, Cell, Chart, Colour, Dash, Domain, Key, Mark, Palette, Panel, Stroke, Swatch, Table};
use qoe::{LiveCorner, LiveSummary, RateChange};

/// A session at a live event.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Live {
    pub summary: LiveSummary,
    /// Latency and buffer over time, from the first frame on.
    pub line: Vec<LiveCorner>,
}

/// The colour of what is measured, and of what it is measured against.
const INK: Colour = Colour(0x33, 0x33, 0x33);
const PENCIL: Colour = Colour(0x80, 0x80, 0x80);

impl Live {
    /// The digest for people: names and values.
    pub(crate) fn lines(&self) -> [(String, String); 4] {
        let s = &self.summary;
        let (mean, p95, target) = (s.latency_mean_s.get(), s.latency_p95_s.get(), s.target_s.get());
        [
            ("latency", format!("{mean:.2} s in the mean, {p95:.2} s at most for 95 % of the time")),
            ("target latency", format!("{target:.2} s, exceeded for {:.2} s", s.behind_target_s.get())),
            ("rate changes", s.rate_changes.to_string()),
            ("skips", format!("{}, {:.2} s", s.skips, s.skipped_s.get())),
        ]
        .map(|(name, value)| (name.to_string(), value))
    }

    /// Puts the true buffer line, latency and playback rate into the chart of the session, whose panels are bitrates and buffer.
    /// A record knows the buffer at requests and ends; a segment that comes in chunks fills it in between.
    pub(crate) fn draw(&self, chart: &mut Chart, rates: &[RateChange]) {
        let Some(below) = chart.panels.last_mut() else { return };
        let x = below.x.clone();
        let buffer: Vec<(f64, f64)> = self.line.iter().map(|c| (c.at_s.get(), c.buffer_s.get())).collect();
        let stroke = Stroke::solid(INK, 1.6);
        below.marks.retain(|m| !matches!(m, Mark::Line { .. }));
        below.marks.push(Mark::Line { points: buffer.clone(), stroke });
        below.y = Axis::from_zero("buffer in s", buffer.iter().map(|p| p.1).collect());
        below.marks.retain(|m| !matches!(m, Mark::Level { at, .. } if *at > below.y.high));
        chart.panels.push(self.latency(x.clone()));
        chart.panels.push(rate(x, rates));
        chart.size.1 += 300.0;
    }

    fn latency(&self, x: Axis) -> Panel {
        let points: Vec<(f64, f64)> = self.line.iter().map(|c| (c.at_s.get(), c.latency_s.get())).collect();
        let target = self.summary.target_s.get();
        let domain = points.iter().map(|p| p.1).chain([target]).collect();
        let mut panel = Panel::new(x, Axis::from_zero("latency in s", domain));
        let label = format!("target {target} s");
        panel.marks.push(Mark::Level {
            at: target,
            label,
            stroke: Stroke::solid(PENCIL, 1.2).dashed(Dash::Dashed),
        });
        if points.len() > 1 {
            panel.marks.push(Mark::Line { points, stroke: Stroke::solid(INK, 1.6) });
        }
        panel
    }
}

/// The playback rate over time.
fn rate(x: Axis, rates: &[RateChange]) -> Panel {
    let mut points = vec![(0.0, 1.0)];
    for change in rates {
        let (at, before) = (change.at_s.get(), points[points.len() - 1].1);
        points.extend([(at, before), (at, change.rate)]);
    }
    points.push((x.high, points[points.len() - 1].1));
    let mut panel = Panel::new(x, Axis::around("playback rate", points.iter().map(|p| p.1).collect()));
    panel.weight = 0.7;
    panel.marks.push(Mark::Line { points, stroke: Stroke::solid(INK, 1.6) });
    panel
}

/// The latency of several rules over time, on a network each panel: the network's name, and rules with their sessions.
pub fn latency_chart(title: &str, networks: &[(String, Vec<(String, Live)>)]) -> Chart {
    let names: Vec<&str> = networks.first().map_or(vec![], |n| n.1.iter().map(|r| r.0.as_str()).collect());
    let palette = Palette::new(names.iter().copied());
    let mut table = Table::new(&["network", "rule", "at_s", "latency_s"]);
    let mut panels = Vec::new();
    for (network, rules) in networks {
        let corners = || rules.iter().flat_map(|(_, live)| &live.line);
        let end = corners().map(|c| c.at_s.get()).collect::<Domain>().high_or(1.0);
        let targets = rules.iter().map(|(_, live)| live.summary.target_s.get());
        let domain = corners().map(|c| c.latency_s.get()).chain(targets.clone()).collect();
        let mut panel = Panel::new(Axis::new("time in s", 0.0, end), Axis::from_zero("latency in s", domain));
        panel.title = network.clone();
        for at in targets.take(1) {
            let stroke = Stroke::solid(PENCIL, 1.2).dashed(Dash::Dashed);
            panel.marks.push(Mark::Level { at, label: format!("target {at} s"), stroke });
        }
        for (rule, live) in rules {
            let points: Vec<(f64, f64)> =
                live.line.iter().map(|c| (c.at_s.get(), c.latency_s.get())).collect();
            for (at, latency) in &points {
                let name = |name: &str| Cell::from(name);
                table.row([name(network), name(rule), (*at).into(), (*latency).into()]);
            }
            panel.marks.push(Mark::Line { points, stroke: palette.style(rule).stroke(1.8) });
        }
        panels.push(panel);
    }
    let mut chart = Chart::new(title, table);
    let key = |rule: &&str| Key::new(*rule, Swatch::Line(palette.style(rule).stroke(1.8)));
    chart.legend = names.iter().map(key).collect();
    chart.size = (960.0, 150.0 + 130.0 * panels.len() as f64);
    chart.shared_x = true;
    chart.panels = panels;
    chart
}
