//! How far the work is, said in lines: the terminal is not silent for long, however long a step takes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// The time between two lines.
const EVERY: Duration = Duration::from_secs(5);

/// Steps of some work; a line every few seconds until it is dropped.
pub(super) struct Said {
    done: Arc<AtomicUsize>,
    /// Dropped to end the thread.
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Said {
    /// `total` steps; says so.
    pub(super) fn new(what: &'static str, total: usize) -> Said {
        println!("report: {total} {what}");
        let done = Arc::new(AtomicUsize::new(0));
        let (end, ended) = channel();
        let count = Arc::clone(&done);
        let thread = std::thread::spawn(move || {
            while ended.recv_timeout(EVERY) == Err(RecvTimeoutError::Timeout) {
                println!("report: {} of {total} {what}", count.load(Ordering::Relaxed));
            }
        });
        Said { done, end: Some(end), thread: Some(thread) }
    }

    /// One step is done; may be told from any thread.
    pub(super) fn step(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Said {
    fn drop(&mut self) {
        self.end = None;
        // A thread that panicked has said so.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
