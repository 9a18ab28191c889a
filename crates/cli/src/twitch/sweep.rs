//! `segue twitch sweep`: how QoE responds to two parameters.

use std::path::PathBuf;

use clap::Args;
use plot::{Attained, Chart, Estimate, Measure, Response, ResponseMap};
use serde::Serialize;
use sim::lockstep::twitch::Scenario;
use sim::lockstep::twitch::sweep::{Axis, Cell, Model, grid, line};

use crate::text::{Table, pairs, short};
use crate::{Error, console, files};

/// What `segue twitch sweep` takes.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue twitch sweep -o out
  segue twitch sweep --scenario poor --x base_latency_ms=0:500 \\
      --y base_packet_loss=0:0.1 -o out
  segue twitch sweep --x initial_level_s --y rebuffer_threshold_s --points 20 \\
      --json

With -o: map.png (QoE over both parameters), curve.png (over the first, the
second as in the scenario, with the spread over seeds), severity.png (stalls of
every run over the severity of congestion), each with its data in .csv and as
.svg.
Parameters: every number of a scenario file by its name, such as
congestion_probability, but target_level_s, which nothing uses, and the weights
of the scores, which sum to 1.")]
pub(crate) struct SweepArgs {
    /// What does not vary: stable, moderate, poor, or a file
    #[arg(long, value_name = "NAME|FILE.toml", default_value = "moderate")]
    scenario: String,
    /// default, or twitch: the original as it was published
    #[arg(long, value_name = "PROFILE", default_value = "default")]
    profile: String,
    /// First parameter, with its range
    #[arg(long, value_name = "NAME[=LOW:HIGH]", default_value = "base_bandwidth_mbps")]
    x: String,
    /// Second parameter, with its range
    #[arg(long, value_name = "NAME[=LOW:HIGH]", default_value = "initial_level_s")]
    y: String,
    /// Values of each parameter
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u16).range(2..=500))]
    points: u16,
    /// Runs of every point, with seeds from 0 on
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u64).range(1..=1000))]
    seeds: u64,
    /// Write charts and data into this folder
    #[arg(short, long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the map as one JSON object
    #[arg(long)]
    json: bool,
}

/// A sweep: the three views of it.
#[derive(Debug)]
pub struct TwitchSweep {
    model: Model,
    scenario: Scenario,
    x: Axis,
    y: Axis,
    seeds: u64,
    map: Vec<Vec<Cell>>,
    curve: Vec<Cell>,
    severity: (Axis, Vec<Cell>),
}

/// Runs a sweep over two parameters, each `NAME` or `NAME=LOW:HIGH`.
///
/// # Errors
/// [`Error::Input`] for a parameter that does not exist, or a value that no scenario can have.
pub fn twitch_sweep(
    model: Model,
    scenario: Scenario,
    [x, y]: [&str; 2],
    points: usize,
    seeds: u64,
) -> Result<TwitchSweep, Error> {
    let (x, y) = (Axis::parse(x, points)?, Axis::parse(y, points)?);
    if x.parameter.name == y.parameter.name {
        return Err(Error::Input(format!("--x and --y are both {}", x.parameter.name)));
    }
    let severity = Axis::parse("congestion_severity=0:1", points.max(100))?;
    Ok(TwitchSweep {
        map: grid(model, &scenario, &x, &y, seeds)?,
        curve: line(model, &scenario, &x, seeds)?,
        severity: (severity, line(model, &scenario, &severity, seeds)?),
        model,
        scenario,
        x,
        y,
        seeds,
    })
}

#[derive(Serialize)]
struct Json<'a> {
    schema: &'static str,
    scenario: &'a str,
    profile: &'static str,
    seeds: u64,
    x: JsonAxis,
    y: JsonAxis,
    /// A row per value of y.
    overall_qoe: Vec<Vec<f64>>,
}

#[derive(Serialize)]
struct JsonAxis {
    name: &'static str,
    values: Vec<f64>,
}

impl TwitchSweep {
    fn profile(&self) -> &'static str {
        match self.model {
            Model::Corrected => "default",
            Model::Published => "twitch",
        }
    }

    fn means(&self) -> Vec<Vec<f64>> {
        self.map.iter().map(|row| row.iter().map(Cell::mean).collect()).collect()
    }

    /// The charts with the names of their files.
    pub fn charts(&self) -> [(&'static str, Chart); 3] {
        [("map", self.map_chart()), ("curve", self.curve_chart()), ("severity", self.severity_chart())]
    }

    fn about(&self) -> String {
        format!("{}, profile {}, {} seeds", self.scenario.name, self.profile(), self.seeds)
    }

    fn map_chart(&self) -> Chart {
        let (x, y) = (self.x.values(), self.y.values());
        ResponseMap {
            title: &format!("QoE over {} and {}", self.x.parameter.label, self.y.parameter.label),
            subtitle: &self.about(),
            x: (measure(&self.x), &x),
            y: (measure(&self.y), &y),
            measure: Measure { label: "mean overall QoE, 0 to 10", column: "overall_qoe" },
            values: &self.means(),
        }
        .chart()
    }

    fn curve_chart(&self) -> Chart {
        let estimate = |cell: &Cell| {
            let (low, high) = cell.spread();
            Estimate { value: cell.mean(), low, high }
        };
        let points: Vec<(f64, Estimate)> =
            self.x.values().into_iter().zip(self.curve.iter().map(estimate)).collect();
        let mut chart = Response {
            title: &format!("QoE over {}", self.x.parameter.label),
            spread: "8 of 10 runs",
            x: measure(&self.x),
            measure: Measure { label: "overall QoE, 0 to 10", column: "overall_qoe" },
            points: &points,
        }
        .chart();
        chart.subtitle = self.about();
        chart
    }

    fn severity_chart(&self) -> Chart {
        let (axis, cells) = &self.severity;
        let values = axis.values();
        let runs = || values.iter().zip(cells).flat_map(|(x, cell)| cell.runs.iter().map(move |r| (*x, r)));
        let stalls: Vec<(f64, f64)> = runs().map(|(x, r)| (x, r.stalls as f64)).collect();
        let time: Vec<(f64, f64)> = runs().map(|(x, r)| (x, r.stalled_s)).collect();
        let panels = [
            (Measure { label: "stalls", column: "stall_count" }, &stalls[..]),
            (Measure { label: "time in stalls, s", column: "stalled_s" }, &time[..]),
        ];
        Attained {
            title: "Stalls of every run over the severity of congestion",
            subtitle: &self.about(),
            x: measure(axis),
            panels: &panels,
        }
        .chart()
    }

    /// A coarse map for people.
    fn to_text(&self) -> String {
        let means = self.means();
        let (x, y) = (self.x.values(), self.y.values());
        let picked = |n: usize, most: usize| -> Vec<usize> {
            let most = most.min(n);
            (0..most).map(|i| i * (n - 1) / (most - 1).max(1)).collect()
        };
        let columns = picked(x.len(), 8);
        let mut table = Table::new(
            [self.y.parameter.name.to_string()].into_iter().chain(columns.iter().map(|i| short(x[*i]))),
        );
        for row in picked(y.len(), 8).into_iter().rev() {
            let cells = columns.iter().map(|i| format!("{:.2}", means[row][*i]));
            table.row([short(y[row])].into_iter().chain(cells));
        }
        let lines = [
            ("scenario", self.scenario.name.clone()),
            ("profile", self.profile().to_string()),
            ("across", self.x.parameter.name.to_string()),
            ("values", format!("mean overall QoE of {} runs, 0 to 10", self.seeds)),
        ];
        let lines = lines.map(|(name, value)| (name.to_string(), value));
        format!("{}\n{}", pairs(&lines), table.render())
    }
}

fn measure(axis: &Axis) -> Measure<'static> {
    Measure { label: axis.parameter.label, column: axis.parameter.name }
}

pub(super) fn main(args: &SweepArgs) -> Result<(), Error> {
    let (_, scenario) = super::scenario(&args.scenario)?;
    let model = super::model(&args.profile)?;
    let sweep = twitch_sweep(model, scenario, [&args.x, &args.y], usize::from(args.points), args.seeds)?;
    if let Some(folder) = &args.out {
        files::make_folder(folder)?;
        for (name, chart) in sweep.charts() {
            for ending in ["png", "svg"] {
                crate::run::save_chart(&chart, &folder.join(format!("{name}.{ending}")))?;
            }
        }
    }
    if args.json {
        return console::json(&Json {
            schema: "segue.twitch-sweep/1",
            scenario: &sweep.scenario.name,
            profile: sweep.profile(),
            seeds: sweep.seeds,
            x: JsonAxis { name: sweep.x.parameter.name, values: sweep.x.values() },
            y: JsonAxis { name: sweep.y.parameter.name, values: sweep.y.values() },
            overall_qoe: sweep.means(),
        });
    }
    console::print(&sweep.to_text())
}
