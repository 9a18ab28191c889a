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

/// More lines than these cannot be told apart.
const LINES_MOST: usize = 12;

/// Points of a mean over time.
const POINTS: usize = 240;

impl CrowdChart<'_> {
    /// The chart: above, the bitrate that each player fetched last, over the time of the link (of a large crowd, the mean of the
    /// players of each rule that are there); below, the mean bitrate of each player, and their common mean.
    pub fn chart(&self, palette: &Palette) -> Chart {
        let mut table = Table::new(&["player", "rule", "time_s", "bitrate_kbps"]);
        let (mut lines, mut dots, mut keys) = (Vec::new(), Vec::new(), Vec::<Key>::new());
        let mut means = Vec::new();
        let large = self.players.len() > LINES_MOST;
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
            let points = steps(&fetched, (player.start + session.wall_s).get());
            if !points.is_empty() && !large {
                lines.push(Mark::Line { points, stroke: style.stroke(2.0) });
            }
            let mean = Summary::of(session).mean_bitrate_kbps.kbps();
            means.push(mean);
            dots.push(Mark::Dots { points: vec![((number + 1) as f64, mean)], dot: style.dot(5.0) });
            if keys.iter().all(|k| k.label != session.abr) {
                keys.push(Key::new(session.abr.as_str(), Swatch::Both(style.stroke(2.0), style.dot(5.0))));
            }
        }
        if large {
            for key in &keys {
                let points = self.mean_of(&key.label);
                lines.push(Mark::Line { points, stroke: palette.style(&key.label).stroke(2.0) });
            }
        }
        let ends = self.players.iter().map(|p| (p.start + p.session.wall_s).get());
        let rates = self.players.iter().flat_map(|p| &p.session.downloads).map(|d| d.bitrate_kbps.kbps());
        let y = Axis::from_zero("bitrate in kbit/s", rates.collect::<Domain>());
        let time = Axis::new("time in s", 0.0, ends.fold(0.0, f64::max));
        let mut above = Panel::new(time, y);
        let title = if large { "fetched, mean of the players of a rule" } else { "fetched" };
        (above.title, above.marks, above.weight) = (title.to_string(), lines, 1.6);
        let count = self.players.len();
        let y = Axis::from_zero("bitrate in kbit/s", means.iter().copied().collect::<Domain>());
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

    /// The mean of what the players of a rule fetched last, over time.
    fn mean_of(&self, rule: &str) -> Vec<(f64, f64)> {
        let of_rule: Vec<_> = self.players.iter().filter(|p| p.session.abr == rule).collect();
        let end = self.players.iter().map(|p| (p.start + p.session.wall_s).get()).fold(0.0, f64::max);
        let (mut points, mut next) = (Vec::new(), vec![0; of_rule.len()]);
        for i in 0..=POINTS {
            let now = end * i as f64 / POINTS as f64;
            let (mut sum, mut there) = (0.0, 0.0);
            for (player, next) in of_rule.iter().zip(&mut next) {
                let downloads = &player.session.downloads;
                let asked =
                    |n: usize| downloads.get(n).is_some_and(|d| (player.start + d.request_s).get() <= now);
                while asked(*next) {
                    *next += 1;
                }
                if *next > 0 && now <= (player.start + player.session.wall_s).get() {
                    (sum, there) = (sum + downloads[*next - 1].bitrate_kbps.kbps(), there + 1.0);
                }
            }
            if there > 0.0 {
                points.push((now, sum / there));
            }
        }
        points
    }
}
