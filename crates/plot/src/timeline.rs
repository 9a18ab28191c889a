//! One session over time: bitrate over the link's capacity, and below it the buffer.
//!
//! The bitrate of a segment is drawn over the time of its *download*, from its request to the next one: that is when the rule
//! decided, and what the capacity behind the line and the buffer below it answer to. A request that was given up is marked with
//! a cross. Stalls go through both panels in red, the startup in grey.

use qoe::{Outcome, Session, Summary};
use units::{BitRate, Seconds};

use crate::chart::{
    Axis, Chart, Dash, Dot, Fill, Key, Mark, Marker, Panel, Span, Stroke, Swatch, area, steps,
};
use crate::number::{Domain, FiniteFilter, RateUnit, counted, rate, short};
use crate::palette::{CAPACITY, INK, PENCIL, STALL, STARTUP};
use crate::{Cell, Palette, Table};

/// Above this many times the highest rung, capacity says nothing about the rule: the axis ends there.
const HEADROOM: f64 = 2.5;

/// A level of the buffer at which the player does something.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    /// What happens there: `full`, `resume`, `start`.
    pub label: String,
    /// The level, in seconds of media.
    pub level: Seconds,
}

/// What the timeline of a session is drawn from.
#[derive(Clone, Copy, Debug)]
pub struct Timeline<'a> {
    pub session: &'a Session,
    /// The capacity of the link: each rate holds from its time on; ascending. May be empty.
    pub link: &'a [(Seconds, BitRate)],
    pub thresholds: &'a [Threshold],
    /// Scores for the title, by the name of their model.
    pub scores: &'a [(String, f64)],
}

impl Timeline<'_> {
    /// The chart.
    ///
    /// ```
    /// use plot::{Format, Palette, Timeline, render};
    /// # use qoe::Session;
    /// use units::{BitRate, Seconds};
    ///
    /// # let session = Session { wall_s: Seconds::new(10.0), ..Session::default() };
    /// // `session` is a `qoe::Session`, from the simulator or from a file.
    /// let link = [(Seconds::ZERO, BitRate::from_kbps(1500.0)), (Seconds::new(4.0), BitRate::from_kbps(600.0))];
    /// let timeline = Timeline { session: &session, link: &link, thresholds: &[], scores: &[] };
    /// let chart = timeline.chart(&Palette::default());
    /// assert_eq!(chart.panels.len(), 2);
    /// let svg = render(&chart, Format::Svg, None)?;
    /// # Ok::<(), plot::PlotError>(())
    /// ```
    pub fn chart(&self, palette: &Palette) -> Chart {
        let s = self.session;
        let mut finite = FiniteFilter::default();
        let end = self.end();
        let (rates, capped) = self.rates(palette, &mut finite, end);
        let buffer = self.buffer(&mut finite, end);

        let mut chart = Chart::new(format!("{} on {}", brief(&s.abr), brief(&s.trace)), self.table());
        chart.subtitle = self.numbers();
        chart.size = (1040.0, 600.0);
        chart.shared_x = true;
        chart.spans = self.spans();
        let line = palette.style(&s.abr).stroke(2.2).dashed(Dash::Solid);
        let key = |label: &str, swatch| Key::new(label, swatch);
        chart.legend.push(key("bitrate, over the time of its download", Swatch::Line(line)));
        if !self.link.is_empty() {
            chart.legend.push(key("link capacity", Swatch::Fill(Fill::solid(CAPACITY))));
        }
        chart.legend.push(key("buffer", Swatch::Line(Stroke::solid(INK, 1.6))));
        if s.startup_delay_s > Seconds::ZERO {
            chart.legend.push(key("startup", Swatch::Fill(startup_fill())));
        }
        if !s.stalls.is_empty() {
            chart.legend.push(key("stall", Swatch::Fill(stall_fill())));
        }
        if s.downloads.iter().any(|d| d.outcome == Outcome::Abandoned) {
            chart.legend.push(key("given up", Swatch::Dot(given_up())));
        }
        if let Some(largest) = capped {
            chart.notes.push(format!("the axis ends below the link's highest capacity, {}", rate(largest)));
        }
        chart.note_dropped(finite.dropped);
        chart.panels = vec![rates, buffer];
        chart
    }

    /// When the session ends, in seconds; positive.
    fn end(&self) -> f64 {
        let s = self.session;
        let finish = s.downloads.iter().map(|d| d.finish_s.get());
        finish.chain([s.wall_s.get()]).collect::<Domain>().high_or(1.0)
    }

    fn rates(&self, palette: &Palette, finite: &mut FiniteFilter, end: f64) -> (Panel, Option<f64>) {
        let s = self.session;
        let mut kept = |from: &mut dyn Iterator<Item = (f64, f64)>| -> Vec<(f64, f64)> {
            from.filter_map(|(x, y)| finite.keep([x, y])).map(|[x, y]| (x, y)).collect()
        };
        let link = kept(&mut self.link.iter().map(|(t, r)| (t.get(), r.kbps())));
        let bitrate = kept(&mut s.downloads.iter().map(|d| (d.request_s.get(), d.bitrate_kbps.kbps())));
        let ladder = s.ladder_kbps.iter().map(|r| r.kbps());
        let top = ladder.chain(bitrate.iter().map(|b| b.1)).collect::<Domain>().high_or(0.0);
        let largest = within(&link, end).map(|l| l.1).collect::<Domain>().high_or(0.0);
        let capped = (top > 0.0 && largest > top * HEADROOM).then_some(largest);
        let high = if capped.is_some() { top * HEADROOM } else { largest.max(top) };
        let unit = RateUnit::for_kbps(high);
        let scaled = |points: &[(f64, f64)]| -> Vec<(f64, f64)> {
            points.iter().map(|&(x, y)| (x, unit.of(y))).collect()
        };

        let y = Axis::from_zero(format!("rate in {}", unit.name), [unit.of(high)].into_iter().collect());
        let mut panel = Panel::new(Axis::new("time in s", 0.0, end), y);
        panel.weight = 1.35;
        if !link.is_empty() {
            panel.marks.push(area(&steps(&scaled(&link), end), Fill::solid(CAPACITY)));
        }
        if bitrate.is_empty() {
            return (panel, capped);
        }
        let last = s.downloads.last().map_or(end, |d| d.finish_s.get());
        let stroke = palette.style(&s.abr).stroke(2.2).dashed(Dash::Solid);
        panel.marks.push(Mark::Line { points: steps(&scaled(&bitrate), last.min(end)), stroke });
        let given = s.downloads.iter().filter(|d| d.outcome == Outcome::Abandoned);
        let given = kept(&mut given.map(|d| (d.finish_s.get(), d.bitrate_kbps.kbps())));
        let stalls = kept(&mut s.stalls.iter().map(|x| (x.start_s.get(), held(&bitrate, x.start_s.get()))));
        for (points, dot) in [(given, given_up()), (stalls, stall_dot())] {
            if !points.is_empty() {
                panel.marks.push(Mark::Dots { points: scaled(&points), dot });
            }
        }
        (panel, capped)
    }

    fn buffer(&self, finite: &mut FiniteFilter, end: f64) -> Panel {
        let corners = self.session.buffer_levels();
        let corners: Vec<(f64, f64)> = corners
            .iter()
            .filter_map(|(t, level)| finite.keep([t.get(), level.get()]))
            .map(|[t, level]| (t, level))
            .collect();
        let thresholds: Vec<(&str, f64)> = self
            .thresholds
            .iter()
            .filter_map(|t| finite.keep([t.level.get()]).map(|[level]| (t.label.as_str(), level)))
            .collect();
        let domain = corners.iter().map(|c| c.1).chain(thresholds.iter().map(|t| t.1)).collect();
        let mut panel = Panel::new(Axis::new("time in s", 0.0, end), Axis::from_zero("buffer in s", domain));
        for (label, at) in thresholds {
            let label = format!("{label} {} s", short(at));
            panel.marks.push(Mark::Level {
                at,
                label,
                stroke: Stroke::solid(PENCIL, 1.2).dashed(Dash::Dashed),
            });
        }
        if corners.len() > 1 {
            panel.marks.push(Mark::Line { points: corners, stroke: Stroke::solid(INK, 1.6) });
        }
        panel
    }

    fn spans(&self) -> Vec<Span> {
        let s = self.session;
        let startup = Span { from: 0.0, to: s.startup_delay_s.get(), fill: startup_fill() };
        let stalls = s.stalls.iter().map(|x| Span {
            from: x.start_s.get(),
            to: (x.start_s + x.duration_s).get(),
            fill: stall_fill(),
        });
        (startup.to > 0.0).then_some(startup).into_iter().chain(stalls).collect()
    }

    fn numbers(&self) -> String {
        let s = self.session;
        let n = Summary::of(s);
        let score = |(model, score): &(String, f64)| format!("{} {}", brief(model), short(*score));
        let mut parts: Vec<String> = self.scores.iter().map(score).collect();
        parts.push(format!("mean bitrate {}", rate(n.mean_bitrate_kbps.kbps())));
        let stalled = if n.stall_count == 0 {
            "no stall".to_string()
        } else {
            format!(
                "{}, {} s, {} %",
                counted(n.stall_count, "stall"),
                short(n.stall_s.get()),
                short(n.stall_ratio * 100.0)
            )
        };
        parts.push(stalled);
        parts.push(format!("startup {} s", short(n.startup_delay_s.get())));
        let switches =
            if n.switch_count == 1 { "1 switch".into() } else { format!("{} switches", n.switch_count) };
        parts.push(switches);
        parts.push(format!("video {}, player {}", brief(&s.video), brief(&s.profile)));
        parts.join(" · ")
    }

    /// One row per thing and time; the first column says which.
    fn table(&self) -> Table {
        let s = self.session;
        let mut table = Table::new(&Row::COLUMNS);
        for (at, capacity) in self.link {
            let row = Row { start: at.get().into(), capacity: capacity.kbps().into(), ..Row::of("capacity") };
            table.row(row.cells());
        }
        for d in &s.downloads {
            let outcome = match d.outcome {
                Outcome::Done => "done",
                Outcome::Abandoned => "abandoned",
                Outcome::Replaced => "replaced",
            };
            let row = Row {
                start: d.request_s.get().into(),
                end: d.finish_s.get().into(),
                segment: d.index.into(),
                bitrate: d.bitrate_kbps.kbps().into(),
                label: outcome.into(),
                ..Row::of("download")
            };
            table.row(row.cells());
        }
        for (at, level) in s.buffer_levels() {
            let row = Row { start: at.get().into(), buffer: level.get().into(), ..Row::of("buffer") };
            table.row(row.cells());
        }
        for x in &self.spans() {
            let what = if x.fill == stall_fill() { "stall" } else { "startup" };
            table.row(Row { start: x.from.into(), end: x.to.into(), ..Row::of(what) }.cells());
        }
        for x in self.thresholds {
            let row =
                Row { buffer: x.level.get().into(), label: x.label.as_str().into(), ..Row::of("threshold") };
            table.row(row.cells());
        }
        table
    }
}

/// A row of the timeline's table.
struct Row {
    what: &'static str,
    start: Cell,
    end: Cell,
    segment: Cell,
    bitrate: Cell,
    capacity: Cell,
    buffer: Cell,
    label: Cell,
}

impl Row {
    const COLUMNS: [&'static str; 8] =
        ["what", "start_s", "end_s", "segment", "bitrate_kbps", "capacity_kbps", "buffer_s", "label"];

    /// Says what it is, and nothing else yet.
    fn of(what: &'static str) -> Row {
        let none = || Cell::Empty;
        Row {
            what,
            start: none(),
            end: none(),
            segment: none(),
            bitrate: none(),
            capacity: none(),
            buffer: none(),
            label: none(),
        }
    }

    fn cells(self) -> [Cell; 8] {
        let Row { what, start, end, segment, bitrate, capacity, buffer, label } = self;
        [what.into(), start, end, segment, bitrate, capacity, buffer, label]
    }
}

fn stall_fill() -> Fill {
    Fill::thin(STALL, 0.32)
}

fn stall_dot() -> Dot {
    Dot { marker: Marker::Circle, colour: STALL, size: 8.0 }
}

fn startup_fill() -> Fill {
    Fill::thin(STARTUP, 0.35)
}

fn given_up() -> Dot {
    Dot { marker: Marker::Cross, colour: INK, size: 7.0 }
}

/// A name that leaves room for others in its line.
fn brief(name: &str) -> String {
    const MOST: usize = 44;
    match name.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}…", &name[..at]),
        None => name.to_string(),
    }
}

/// What a step function holds at a time; its first value before.
fn held(values: &[(f64, f64)], at: f64) -> f64 {
    let k = values.partition_point(|v| v.0 <= at).max(1) - 1;
    values.get(k).map_or(0.0, |v| v.1)
}

/// The steps that begin before an end.
fn within(values: &[(f64, f64)], end: f64) -> impl Iterator<Item = &(f64, f64)> {
    values.iter().take_while(move |v| v.0 < end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use qoe::{Download, Stall, StallCause};
    use units::Bits;

    fn download(index: usize, kbps: f64, request: f64, finish: f64, before: f64, after: f64) -> Download {
        let (request, finish) = (Seconds::new(request), Seconds::new(finish));
        Download {
            index,
            level: index,
            bitrate_kbps: BitRate::from_kbps(kbps),
            size_bits: Bits::new(kbps * 4000.0),
            request_s: request,
            first_byte_s: request,
            finish_s: finish,
            buffer_before_s: Seconds::new(before),
            buffer_after_s: Seconds::new(after),
            wait_s: Seconds::ZERO,
            stall_s: Seconds::ZERO,
            outcome: Outcome::Done,
            received_bits: Bits::new(kbps * 4000.0),
            duration_s: Seconds::new(4.0),
            source: 0,
            vmaf: None,
            ssim: None,
        }
    }

    /// 4 s segments: startup until 1 s, dry at 5 s, going on at 6 s.
    fn session() -> Session {
        let stall = Stall {
            start_s: Seconds::new(5.0),
            duration_s: Seconds::new(1.0),
            media_s: Seconds::new(4.0),
            cause: StallCause::Rebuffer,
        };
        Session {
            abr: "bola".into(),
            profile: "default".into(),
            trace: "t1".into(),
            video: "v1".into(),
            seed: 0,
            ladder_kbps: [500.0, 3000.0].map(BitRate::from_kbps).to_vec(),
            downloads: vec![download(0, 500.0, 0.0, 1.0, 0.0, 4.0), download(1, 3000.0, 1.0, 6.0, 4.0, 4.0)],
            stalls: vec![stall],
            startup_delay_s: Seconds::new(1.0),
            played_s: Seconds::new(8.0),
            wall_s: Seconds::new(10.0),
            ..Session::default()
        }
    }

    fn line(panel: &Panel) -> &[(f64, f64)] {
        let mut lines = panel.marks.iter().filter_map(|m| match m {
            Mark::Line { points, .. } => Some(&points[..]),
            _ => None,
        });
        lines.next_back().expect("a line")
    }

    #[test]
    fn bitrate_steps_buffer_corners_and_spans_are_those_of_the_record() {
        let session = session();
        let link = [(Seconds::ZERO, BitRate::from_kbps(2000.0))];
        let thresholds = [Threshold { label: "full".into(), level: Seconds::new(25.0) }];
        let scores = [("yin".to_string(), 12.5)];
        let timeline = Timeline { session: &session, link: &link, thresholds: &thresholds, scores: &scores };
        let chart = timeline.chart(&Palette::default());
        assert_eq!(chart.title, "bola on t1");
        let numbers = "yin 12.5 · mean bitrate 1750 kbit/s · 1 stall, 1 s, 11.1 % · startup 1 s · 1 switch";
        assert_eq!(chart.subtitle, format!("{numbers} · video v1, player default"));
        assert_eq!(line(&chart.panels[0]), [(0.0, 0.5), (1.0, 0.5), (1.0, 3.0), (6.0, 3.0)], "Mbit/s over s");
        assert_eq!(chart.panels[0].y.label, "rate in Mbit/s");
        let level: Vec<(f64, f64)> =
            session.buffer_levels().iter().map(|(t, b)| (t.get(), b.get())).collect();
        assert_eq!(line(&chart.panels[1]), level);
        let spans: Vec<(f64, f64)> = chart.spans.iter().map(|s| (s.from, s.to)).collect();
        assert_eq!(spans, [(0.0, 1.0), (5.0, 6.0)]);
        let red = Mark::Dots { points: vec![(5.0, 3.0)], dot: stall_dot() };
        assert!(chart.panels[0].marks.contains(&red));
        assert!(
            matches!(&chart.panels[1].marks[0], Mark::Level { at: 25.0, label, .. } if label == "full 25 s")
        );
        let table = chart.csv();
        assert!(table.contains("\ndownload,1,6,1,3000,,,done\n"), "{table}");
        assert!(table.contains("\nstall,5,6,,,,,\n") && table.ends_with("threshold,,,,,,25,full\n"));
    }

    #[test]
    fn a_link_far_above_the_ladder_does_not_flatten_the_bitrate() {
        let session = session();
        let link = [(Seconds::ZERO, BitRate::from_mbps(90.0))];
        let timeline = Timeline { session: &session, link: &link, thresholds: &[], scores: &[] };
        let chart = timeline.chart(&Palette::default());
        assert!((chart.panels[0].y.high - 3.0 * HEADROOM * 1.06).abs() < 1e-9);
        assert_eq!(chart.notes, ["the axis ends below the link's highest capacity, 90 Mbit/s"]);
    }
}
