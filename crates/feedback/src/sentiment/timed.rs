//! A backend that may hang, at arm's length.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::Duration;

use super::{Opinion, Sentiment};
use crate::FeedbackError;

/// A backend on a thread of its own that gets so long for a text. While it hangs, texts are answered with an error at once.
pub struct Timed {
    name: &'static str,
    limit: Duration,
    line: Mutex<Line>,
}

struct Line {
    ask: SyncSender<String>,
    answer: Receiver<Result<Opinion, FeedbackError>>,
    /// Answers that are still due for texts that were given up.
    due: usize,
}

impl Timed {
    /// Puts a backend at arm's length.
    pub fn new(backend: Box<dyn Sentiment>, limit: Duration) -> Timed {
        let name = backend.name();
        let (ask, texts) = sync_channel::<String>(1);
        let (tell, answer) = sync_channel(2);
        // The thread ends with the channel.
        std::thread::spawn(move || {
            while let Ok(text) = texts.recv() {
                if tell.send(backend.judge(&text)).is_err() {
                    return;
                }
            }
        });
        Timed { name, limit, line: Mutex::new(Line { ask, answer, due: 0 }) }
    }

    fn fails(&self, problem: &str) -> FeedbackError {
        FeedbackError::Backend {
            what: format!("sentiment backend {}", self.name),
            problem: problem.to_string(),
        }
    }
}

impl Sentiment for Timed {
    fn name(&self) -> &'static str {
        self.name
    }

    fn judge(&self, text: &str) -> Result<Opinion, FeedbackError> {
        let mut line = self.line.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        while line.due > 0 {
            if line.answer.try_recv().is_err() {
                return Err(self.fails("still hangs; the message is not judged"));
            }
            line.due -= 1;
        }
        match line.ask.try_send(super::bounded(text).to_string()) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(self.fails("still hangs; the message is not judged")),
            Err(TrySendError::Disconnected(_)) => return Err(self.fails("has ended")),
        }
        match line.answer.recv_timeout(self.limit) {
            Ok(answer) => answer,
            Err(_) => {
                line.due += 1;
                let problem =
                    format!("gave no answer in {} s; the message is not judged", self.limit.as_secs_f64());
                Err(self.fails(&problem))
            }
        }
    }
}
