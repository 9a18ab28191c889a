//! `segue qos serve` and `segue qos watch`: the loop on live input.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use clap::Args;
use feedback::control::ControllerOptions;
use feedback::sentiment::Timed;
use feedback::{Desk, Step};

use super::Minds;
use super::speak::line;
use super::watch::Screen;
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
serve prints a JSON object for each step, watch a line and what is done.")]
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

/// Lines that wait to be read, and their bytes; whoever brings more waits too, or over HTTP is sent away.
const WAITING: usize = 10_000;
const WAITING_BYTES: usize = 32 << 20;
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
    let (send, lines) = waiting();
    match &args.listen {
        Some(address) => listen(address, send)?,
        None => {
            std::thread::spawn(move || {
                let mut input = std::io::stdin().lock();
                while let Ok(Some(line)) = line(&mut input) {
                    if send.wait(line).is_err() {
                        return;
                    }
                }
            });
        }
    }
    run(desk, &lines, Printer { json: json || args.json, screen: Screen::default() })
}

/// The two ends of a queue of lines.
fn waiting() -> (Lines, Waiting) {
    let (send, receive) = sync_channel(WAITING);
    let bytes = Arc::new(AtomicUsize::new(0));
    (Lines { send, bytes: bytes.clone() }, Waiting { receive, bytes })
}

struct Lines {
    send: SyncSender<String>,
    bytes: Arc<AtomicUsize>,
}

impl Lines {
    /// Waits until there is room. An error: nobody reads any more.
    fn wait(&self, line: String) -> Result<(), ()> {
        while self.bytes.load(Ordering::Relaxed) > WAITING_BYTES {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.bytes.fetch_add(line.len(), Ordering::Relaxed);
        self.send.send(line).map_err(|_| ())
    }

    /// Whether there was room.
    fn offer(&self, line: String) -> bool {
        let length = line.len();
        if self.bytes.load(Ordering::Relaxed) > WAITING_BYTES {
            return false;
        }
        // Counted first: the other end may be quick.
        self.bytes.fetch_add(length, Ordering::Relaxed);
        let taken = self.send.try_send(line).is_ok();
        if !taken {
            self.bytes.fetch_sub(length, Ordering::Relaxed);
        }
        taken
    }
}

/// Where lines go out.
struct Waiting {
    receive: Receiver<String>,
    bytes: Arc<AtomicUsize>,
}

impl Waiting {
    fn next(&self, wait: Duration) -> Result<String, RecvTimeoutError> {
        let line = self.receive.recv_timeout(wait)?;
        self.bytes.fetch_sub(line.len(), Ordering::Relaxed);
        Ok(line)
    }
}

/// The clock of the loop: that of the lines where they have one, else the wall's.
struct Clock {
    began: Instant,
    told: Option<f64>,
    next: f64,
}

fn run(mut desk: Desk, lines: &Waiting, mut printer: Printer) -> Result<(), Error> {
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
        match lines.next(Duration::from_secs_f64(wait)) {
            Ok(line) => {
                let wall = clock.began.elapsed().as_secs_f64();
                // Also before lines that are wrong: a flood of them must not stop the clock.
                if clock.told.is_none() {
                    catch_up(&mut desk, &mut clock, wall, every, &mut printer)?;
                }
                let Some((line, time)) = desk.read(&line) else { continue };
                if let Some(time) = time.filter(|t| clock.told.is_none_or(|before| *t >= before)) {
                    if clock.told.is_none() {
                        clock.next = time + every;
                    }
                    catch_up(&mut desk, &mut clock, time, every, &mut printer)?;
                    clock.told = Some(time);
                }
                desk.take(clock.told.unwrap_or(wall), line);
            }
            Err(RecvTimeoutError::Timeout) if clock.told.is_none() => {
                let wall = clock.began.elapsed().as_secs_f64();
                catch_up(&mut desk, &mut clock, wall, every, &mut printer)?;
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                let at = clock.next;
                return printer.show(&desk.step(at));
            }
        }
    }
}

fn catch_up(
    desk: &mut Desk,
    clock: &mut Clock,
    at: f64,
    every: f64,
    printer: &mut Printer,
) -> Result<(), Error> {
    let due = ((at - clock.next) / every).floor();
    if due > MOST_STEPS as f64 {
        clock.next = at - every * MOST_STEPS as f64;
    }
    while clock.next <= at {
        let step = desk.step(clock.next);
        clock.next += every;
        printer.show(&step)?;
    }
    Ok(())
}

/// Where steps go: JSON lines, or the screen.
struct Printer {
    json: bool,
    screen: Screen,
}

impl Printer {
    fn show(&mut self, step: &Step) -> Result<(), Error> {
        if self.json {
            let line = serde_json::to_string(step).map_err(|e| Error::Failed(format!("JSON: {e}")))?;
            return console::print(&(line + "\n"));
        }
        for problem in &step.problems {
            console::note(problem);
        }
        console::print(&self.screen.lines(step))
    }
}

/// Takes requests: each line of a body is a line of input.
fn listen(address: &str, send: Lines) -> Result<(), Error> {
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

fn request(stream: TcpStream, send: &Lines) -> std::io::Result<()> {
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
        if !send.offer(line.to_string()) {
            return answer("503 Service Unavailable", "too many lines at once; some were dropped");
        }
    }
    answer("202 Accepted", "taken")
}
