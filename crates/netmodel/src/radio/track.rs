//! Where a terminal is, when.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use units::{Seconds, SimRng};

use super::check;
use crate::NetworkError;
use spec::quoted;

/// A place and the time at which the terminal is there.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Waypoint {
    pub at: Seconds,
    /// Metres to the east.
    pub x_m: f64,
    /// Metres to the north.
    pub y_m: f64,
}

/// Where a terminal is, and how fast.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Position {
    /// Metres to the east.
    pub x_m: f64,
    /// Metres to the north.
    pub y_m: f64,
    /// Metres per second.
    pub speed_mps: f64,
}

/// A way through the plane: straight and at constant speed from waypoint to waypoint.
#[derive(Clone, Debug, PartialEq)]
pub struct Track {
    points: Vec<Waypoint>,
}

/// Farthest from the origin that a track goes, m.
const FARTHEST_M: f64 = 1e7;
/// Most waypoints of a track.
const MOST_POINTS: usize = 1_000_000;

impl Track {
    /// A track of waypoints: at least two, the first at time 0, each later than the one before it.
    ///
    /// # Errors
    /// [`NetworkError::Input`] which names the waypoint, counted from 1.
    pub fn new(points: Vec<Waypoint>) -> Result<Track, NetworkError> {
        let wrong = |i: usize, field: &str, found: f64, expected: &str| {
            Err(NetworkError::input(0, format!("{field} of waypoint {}", i + 1), found.to_string(), expected))
        };
        if !(2..=MOST_POINTS).contains(&points.len()) {
            return Err(NetworkError::input(
                0,
                "the track",
                format!("{} waypoints", points.len()),
                "2 to 1000000 waypoints",
            ));
        }
        for (i, p) in points.iter().enumerate() {
            let (time, last) = (p.at.get(), i.checked_sub(1).map(|j| points[j].at));
            match last {
                None if p.at != Seconds::ZERO => return wrong(i, "time_s", time, "0 for the first waypoint"),
                Some(last) if p.at <= last || !p.at.is_finite() => {
                    return wrong(i, "time_s", time, "a time after that of the waypoint before");
                }
                _ => {}
            }
            for (field, value) in [("x_m", p.x_m), ("y_m", p.y_m)] {
                if value.is_nan() || value.abs() > FARTHEST_M {
                    return wrong(i, field, value, "a number of metres between -1e7 and 1e7");
                }
            }
        }
        Ok(Track { points })
    }

    /// A terminal that stays.
    ///
    /// # Errors
    /// As [`Track::new`].
    pub fn still(x_m: f64, y_m: f64, duration: Seconds) -> Result<Track, NetworkError> {
        Track::new(vec![Waypoint { at: Seconds::ZERO, x_m, y_m }, Waypoint { at: duration, x_m, y_m }])
    }

    /// Eastwards from the origin at constant speed.
    ///
    /// ```
    /// use netmodel::radio::Track;
    /// use units::Seconds;
    ///
    /// let drive = Track::straight(14.0, Seconds::new(60.0))?;
    /// assert_eq!(drive.at(Seconds::new(30.0)).x_m, 420.0);
    /// # Ok::<(), netmodel::NetworkError>(())
    /// ```
    ///
    /// # Errors
    /// As [`Track::new`].
    pub fn straight(speed_mps: f64, duration: Seconds) -> Result<Track, NetworkError> {
        let end = Waypoint { at: duration, x_m: speed_mps * duration.get(), y_m: 0.0 };
        Track::new(vec![Waypoint { at: Seconds::ZERO, x_m: 0.0, y_m: 0.0 }, end])
    }

    /// A random waypoint walk in the square of `half_m` around the origin: to a place drawn uniformly, at a speed drawn
    /// uniformly between half and one and a half times `speed_mps`; a pause with the mean `pause`; and on.
    ///
    /// # Errors
    /// [`NetworkError::Option`] for a speed, pause or square that is not positive.
    pub fn random_waypoints(
        half_m: f64,
        speed_mps: f64,
        pause: Seconds,
        duration: Seconds,
        rng: &mut SimRng,
    ) -> Result<Track, NetworkError> {
        check(
            "half_m",
            half_m,
            half_m > 0.0 && half_m <= FARTHEST_M,
            "a number of metres above 0, at most 1e7",
        )?;
        check("speed", speed_mps, speed_mps > 0.0, "a speed above 0 m/s")?;
        check("pause", pause.get(), pause > Seconds::ZERO, "a time above 0 s")?;
        check("duration", duration.get(), duration > Seconds::ZERO, "a time above 0 s")?;
        let mut here =
            Waypoint { at: Seconds::ZERO, x_m: rng.range(-half_m, half_m), y_m: rng.range(-half_m, half_m) };
        let mut points = vec![here];
        while here.at < duration && points.len() < MOST_POINTS - 1 {
            let (x_m, y_m) = (rng.range(-half_m, half_m), rng.range(-half_m, half_m));
            let speed = speed_mps * rng.range(0.5, 1.5);
            let walk = libm::hypot(x_m - here.x_m, y_m - here.y_m) / speed;
            for wait in [walk, rng.exponential(pause.get())] {
                // A millisecond at least: two waypoints have two times.
                let at = here.at + Seconds::new(wait).max(Seconds::from_millis(1.0));
                here = Waypoint { at, x_m, y_m };
                points.push(here);
            }
        }
        Ok(Track::new(points)?.until(duration))
    }

    /// Reads a track from CSV: `time_s,x_m,y_m`, with or without that header; blank lines and lines with `#` are skipped.
    ///
    /// ```
    /// use netmodel::radio::Track;
    /// use units::Seconds;
    ///
    /// let track = Track::read("time_s,x_m,y_m\n0,0,0\n10,30,40\n".as_bytes())?;
    /// assert_eq!(track.at(Seconds::new(5.0)).speed_mps, 5.0);
    /// # Ok::<(), netmodel::NetworkError>(())
    /// ```
    ///
    /// # Errors
    /// [`NetworkError::Input`] with the line, or as for [`Track::new`]; [`NetworkError::Io`].
    pub fn read(reader: impl BufRead) -> Result<Track, NetworkError> {
        const GRAMMAR: &str = "time_s,x_m,y_m: three numbers";
        let mut points: Vec<Waypoint> = Vec::new();
        for (line_no, line) in (1..).zip(reader.lines()) {
            let line = line.map_err(|e| NetworkError::Io {
                path: std::path::PathBuf::new(),
                message: format!("line {line_no}: {e}"),
            })?;
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') || (points.is_empty() && line == "time_s,x_m,y_m") {
                continue;
            }
            let wrong = || NetworkError::input(line_no, "the line", quoted(line), GRAMMAR);
            let numbers: Option<Vec<f64>> = line.split(',').map(|field| field.trim().parse().ok()).collect();
            match numbers.as_deref() {
                Some([time, x_m, y_m]) => {
                    points.push(Waypoint { at: Seconds::new(*time), x_m: *x_m, y_m: *y_m });
                }
                _ => return Err(wrong()),
            }
            if points.len() > MOST_POINTS {
                return Err(NetworkError::input(
                    line_no,
                    "the track",
                    "more lines",
                    "2 to 1000000 waypoints",
                ));
            }
        }
        Track::new(points)
    }

    /// The same track, cut where it lasts longer than `end`.
    fn until(mut self, end: Seconds) -> Track {
        let here = self.at(end);
        self.points.truncate(self.points.partition_point(|p| p.at < end).max(1));
        self.points.push(Waypoint { at: end, x_m: here.x_m, y_m: here.y_m });
        self
    }

    /// Reads the track of a file; see [`Track::read`].
    ///
    /// # Errors
    /// As [`Track::read`], with the file.
    pub fn read_path(path: &Path) -> Result<Track, NetworkError> {
        let io = |e: std::io::Error| NetworkError::Io { path: path.to_path_buf(), message: e.to_string() };
        Track::read(BufReader::new(File::open(path).map_err(io)?)).map_err(|e| e.in_file(path))
    }

    /// When the last waypoint is reached.
    pub fn duration(&self) -> Seconds {
        self.points[self.points.len() - 1].at
    }

    /// The smallest and the largest x, and y, of all waypoints.
    pub fn bounds_m(&self) -> [(f64, f64); 2] {
        let range = |of: fn(&Waypoint) -> f64| {
            self.points
                .iter()
                .map(of)
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)))
        };
        [range(|p| p.x_m), range(|p| p.y_m)]
    }

    /// Where the terminal is at an instant; before and after the track at its ends.
    pub fn at(&self, at: Seconds) -> Position {
        let next = self.points.partition_point(|p| p.at <= at).clamp(1, self.points.len() - 1);
        let (from, to) = (self.points[next - 1], self.points[next]);
        let part = ((at - from.at) / (to.at - from.at)).clamp(0.0, 1.0);
        let (dx, dy) = (to.x_m - from.x_m, to.y_m - from.y_m);
        Position {
            x_m: from.x_m + part * dx,
            y_m: from.y_m + part * dy,
            speed_mps: libm::hypot(dx, dy) / (to.at - from.at).get(),
        }
    }
}
