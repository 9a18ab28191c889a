//! Players that share a link: what each of them fetched when, and what it came to.

use qoe::{Session, Summary};
use units::Seconds;

use crate::chart::{Axis, Chart, Key, Mark, Panel, Swatch, steps};
use crate::number::Domain;
use crate::palette::{INK, Palette};
use crate::{Dash, Stroke, Table};

/// One player of a crowd.
#[derive(Clone, Copy, Debug)]
pub struct CrowdPlayer<'a> {
    /// Its record.
    pub session: &'a Session,
    /// When it came.
    pub start: Seconds,
}

/// What a crowd is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct CrowdChart<'a> {
    /// The players, in the order of their numbers.
    pub players: &'a [CrowdPlayer<'a>],
    /// What is said below the title.
    pub subtitle: &'a str,
}

impl CrowdChart<'_> {
    /// The chart: above, the bitrate that each player fetched last, over the time of the link; below, the mean bitrate of each
    /// player, and their common mean.
    pub fn chart(&self, palette: &Palette) -> Chart {
        let mut table = Table::new(&["player", "rule", "time_s", "bitrate_kbps"]);
        let (mut lines, mut dots, mut keys) = (Vec::new(), Vec::new(), Vec::<Key>::new());
        let mut means = Vec::new();
        let width = if self.players.len() > 12 { 1.0 } else { 2.0 };
        for (number, player) in self.players.iter().enumerate() {
            let session = player.session;
            let style = palette.style(&session.abr);
            let fetched: Vec<(f64, f64)> = session
                .downloads
                .iter()
                .map(|d| ((player.start + d.request_s).get(), d.bitrate_kbps.kbps()))
                .collect();
            for (time, rate) in &fetched {
                table.row([(number + 1).into(), session.abr.as_str().into(), (*time).into(), (*rate).into()]);
            }
            let end = (player.start + session.wall_s).get();
            let points = steps(&fetched, end);
            if !points.is_empty() {
                lines.push(Mark::Line { points, stroke: style.stroke(width) });
            }
            let mean = Summary::of(session).mean_bitrate_kbps.kbps();
            means.push(mean);
            dots.push(Mark::Dots { points: vec![((number + 1) as f64, mean)], dot: style.dot(5.0) });
            if keys.iter().all(|k| k.label != session.abr) {
                keys.push(Key::new(session.abr.as_str(), Swatch::Both(style.stroke(width), style.dot(5.0))));
            }
        }
        let ends = self.players.iter().map(|p| (p.start + p.session.wall_s).get());
        let rates = self.players.iter().flat_map(|p| &p.session.downloads).map(|d| d.bitrate_kbps.kbps());
        let y = Axis::from_zero("bitrate in kbit/s", rates.collect::<Domain>());
        let time = Axis::new("time in s", 0.0, ends.fold(0.0, f64::max));
        let mut above = Panel::new(time, y.clone());
        (above.title, above.marks, above.weight) = ("fetched".to_string(), lines, 1.6);
        let count = self.players.len();
        let mut below = Panel::new(Axis::new("player", 0.0, (count + 1) as f64), y);
        let common = means.iter().sum::<f64>() / count.max(1) as f64;
        let stroke = Stroke { colour: INK, width: 1.0, dash: Dash::Dashed };
        below.marks.push(Mark::Level { at: common, label: "mean".to_string(), stroke });
        below.marks.extend(dots);
        below.title = "mean of each".to_string();
        let mut chart = Chart::new(format!("{count} players on one link"), table);
        chart.subtitle = self.subtitle.to_string();
        chart.with_legend(keys);
        chart.panels = vec![above, below];
        chart
    }
}
