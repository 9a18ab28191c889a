//! `segue qos serve` and `segue qos watch`: the loop on live input.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use clap::Args;
use feedback::control::ControllerOptions;
use feedback::sentiment::Timed;
use feedback::{Desk, Step};

use super::Minds;
use super::speak::line;
use crate::text::printable;
use crate::{Error, console};

/// What `segue qos serve` and `segue qos watch` take.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  segue trace drive -o drive.csv --telemetry phone.csv
  segue qos serve < phone.csv
  segue qos watch --interval 5 < phone.csv
  segue qos serve --listen 127.0.0.1:8099
      curl -d '{\"viewer\":\"ann\",\"text\":\"it froze again\"}' http://127.0.0.1:8099/
A line is a sample (CSV with a header, JSON, CMCD) or chat (JSON with viewer and
text, or plain words). Lines with time_s set the clock, else it is the wall's.
serve prints a JSON object for each step, watch a line.")]
pub(crate) struct ServeArgs {
    /// Take lines from HTTP POST requests at this address, instead of standard input
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// How often to act, 2 to 5 s
    #[arg(long, value_name = "S", default_value_t = 3.0)]
    interval: f64,
    /// The buffer's target at first, s
    #[arg(long, value_name = "S", default_value_t = 30.0)]
    target: f64,
    /// How many viewers watch, where that is known
    #[arg(long, value_name = "N", default_value_t = 0)]
    viewers: usize,
    /// How long a sentiment backend may take for a message, s
    #[arg(long, value_name = "S", default_value_t = 2.0)]
    limit: f64,
    #[command(flatten)]
    minds: Minds,
    /// Print one JSON object per step (watch; serve always does)
    #[arg(long)]
    json: bool,
}

/// Lines that wait to be read; whoever brings more waits too, or over HTTP is sent away.
const WAITING: usize = 10_000;
/// Most steps for one jump of the clock: an hour or more is passed over.
const MOST_STEPS: usize = 1200;
/// The largest body of a request.
const MOST_BODY: usize = 4 << 20;

pub(crate) fn main(args: &ServeArgs, json: bool) -> Result<(), Error> {
    let (sentiment, predictor) = args.minds.open()?;
    if !(args.limit > 0.0 && args.limit <= 3600.0) {
        return Err(Error::Input(format!("--limit is {}, expected above 0 and at most 3600 s", args.limit)));
    }
    let timed = Timed::new(sentiment, Duration::from_secs_f64(args.limit));
    let options = ControllerOptions { every_s: args.interval, target_s: args.target };
    let desk = Desk::new(Box::new(timed), predictor, options, args.viewers)?;
    let (send, lines) = sync_channel(WAITING);
    match &args.listen {
        Some(address) => listen(address, send)?,
        None => {
            std::thread::spawn(move || {
                let mut input = std::io::stdin().lock();
                while let Ok(Some(line)) = line(&mut input) {
                    if send.send(line).is_err() {
                        return;
                    }
                }
            });
        }
    }
    run(desk, &lines, json || args.json)
}

/// The clock of the loop: that of the lines where they have one, else the wall's.
struct Clock {
    began: Instant,
    told: Option<f64>,
    next: f64,
}

fn run(mut desk: Desk, lines: &Receiver<String>, json: bool) -> Result<(), Error> {
    let every = desk.every_s();
    #[expect(clippy::disallowed_methods, reason = "the loop runs in real time")]
    let began = Instant::now();
    let mut clock = Clock { began, told: None, next: every };
    loop {
        let wall = clock.began.elapsed().as_secs_f64();
        let wait = match clock.told {
            Some(_) => every,
            None => (clock.next - wall).max(0.0),
        };
        match lines.recv_timeout(Duration::from_secs_f64(wait)) {
            Ok(line) => {
                let Some((line, time)) = desk.read(&line) else { continue };
                if let Some(time) = time.filter(|t| clock.told.is_none_or(|before| *t >= before)) {
                    if clock.told.is_none() {
                        clock.next = time + every;
                    }
                    catch_up(&mut desk, &mut clock, time, every, json)?;
                    clock.told = Some(time);
                }
                let at = clock.told.unwrap_or(wall);
                if clock.told.is_none() {
                    catch_up(&mut desk, &mut clock, wall, every, json)?;
                }
                desk.take(at, line);
            }
            Err(RecvTimeoutError::Timeout) if clock.told.is_none() => {
                let wall = clock.began.elapsed().as_secs_f64();
                catch_up(&mut desk, &mut clock, wall, every, json)?;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                let at = clock.next;
                return show(&desk.step(at), json);
            }
        }
    }
}

fn catch_up(desk: &mut Desk, clock: &mut Clock, at: f64, every: f64, json: bool) -> Result<(), Error> {
    let due = ((at - clock.next) / every).floor();
    if due > MOST_STEPS as f64 {
        clock.next = at - every * MOST_STEPS as f64;
    }
    while clock.next <= at {
        let step = desk.step(clock.next);
        clock.next += every;
        show(&step, json)?;
    }
    Ok(())
}

fn show(step: &Step, json: bool) -> Result<(), Error> {
    if json {
        let line = serde_json::to_string(step).map_err(|e| Error::Failed(format!("JSON: {e}")))?;
        return console::print(&(line + "\n"));
    }
    let expected = step
        .prediction
        .as_ref()
        .map_or("-".to_string(), |p| format!("{} ({:.0} %)", p.label.name(), 100.0 * p.probability_high));
    let mut text = format!("{:>8.1} s  {expected:<24} {:<9}", step.at_s, step.mood.label.name());
    for decision in &step.actions {
        text += &format!("  {}: {}", decision.action, decision.reason);
    }
    if step.skipped > 0 {
        text += &format!("  ({} of {} messages not judged)", step.skipped, step.messages);
    }
    if let Some(alarm) = &step.decline {
        text += &format!("  the cell gets worse: {:.1}, usual {:.1}", alarm.now, alarm.usual);
    }
    for problem in &step.problems {
        console::note(problem);
    }
    console::print(&(printable(&text) + "\n"))
}

/// Takes requests: each line of a body is a line of input.
fn listen(address: &str, send: SyncSender<String>) -> Result<(), Error> {
    let listener =
        TcpListener::bind(address).map_err(|e| Error::input(address, format_args!("cannot listen: {e}")))?;
    let at = listener.local_addr().map_err(|e| Error::Failed(format!("{address}: {e}")))?;
    console::note(&format!("listening on http://{at}/"));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
            let _ = stream.set_write_timeout(Some(Duration::from_secs(5)));
            // One request at a time: whoever is slow is cut off after 5 s.
            let _ = request(stream, &send);
        }
    });
    Ok(())
}

fn request(stream: TcpStream, send: &SyncSender<String>) -> std::io::Result<()> {
    let mut head = BufReader::new((&stream).take(MOST_BODY as u64 + 64 * 1024));
    let mut first = String::new();
    head.by_ref().take(8192).read_line(&mut first)?;
    let mut length = None;
    loop {
        let mut field = String::new();
        if head.by_ref().take(8192).read_line(&mut field)? == 0 || field.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = field.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse::<usize>().ok();
        }
    }
    let answer = |code: &str, text: &str| {
        let body = format!("{text}\n");
        let head =
            format!("HTTP/1.1 {code}\r\nContent-Type: text/plain\r\nContent-Length: {}\r\n", body.len());
        (&stream).write_all(format!("{head}Connection: close\r\n\r\n{body}").as_bytes())
    };
    if !first.starts_with("POST ") {
        return answer("405 Method Not Allowed", "POST lines of telemetry or chat");
    }
    let Some(length) = length else { return answer("411 Length Required", "Content-Length is missing") };
    if length > MOST_BODY {
        return answer("413 Content Too Large", "at most 4 MiB");
    }
    let mut body = vec![0; length];
    head.read_exact(&mut body)?;
    for line in String::from_utf8_lossy(&body).lines() {
        if send.try_send(line.to_string()).is_err() {
            return answer("503 Service Unavailable", "too many lines at once; some were dropped");
        }
    }
    answer("202 Accepted", "taken")
}
