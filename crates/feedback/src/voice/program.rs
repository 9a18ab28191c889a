//! A program of the user's own that writes down what is said.

use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::{Transcriber, write_wav};
use crate::FeedbackError;

/// More text than this is not taken from a program.
const MOST: u64 = 64 * 1024;

/// A program that is started with a WAV file (16 kHz, mono, 16 bits) as its last argument and prints the words.
#[derive(Clone, Debug)]
pub struct Program {
    /// The program and its arguments.
    command: Vec<String>,
    /// How long it may take.
    limit: Duration,
}

impl Program {
    /// The program of a command line such as `whisper-cli -m base.bin -nt -f`, its words apart by blanks.
    ///
    /// # Errors
    /// [`FeedbackError::Value`] for an empty one.
    pub fn new(command: &str, limit: Duration) -> Result<Program, FeedbackError> {
        let command: Vec<String> = command.split_whitespace().map(str::to_string).collect();
        match command.is_empty() {
            true => {
                Err(FeedbackError::value("transcriber", "nothing", "a program, as in 'whisper-cli -nt -f'"))
            }
            false => Ok(Program { command, limit }),
        }
    }

    fn fails(&self, problem: impl std::fmt::Display) -> FeedbackError {
        FeedbackError::Backend { what: self.command[0].clone(), problem: problem.to_string() }
    }
}

impl Transcriber for Program {
    fn name(&self) -> &str {
        &self.command[0]
    }

    fn transcribe(&self, samples: &[f32]) -> Result<String, FeedbackError> {
        let mut file = tempfile::Builder::new().suffix(".wav").tempfile().map_err(|e| self.fails(e))?;
        let mut bytes = std::io::Cursor::new(Vec::new());
        write_wav(samples, &mut bytes)?;
        std::io::Write::write_all(&mut file, bytes.get_ref()).map_err(|e| self.fails(e))?;
        let mut child = Command::new(&self.command[0])
            .args(&self.command[1..])
            .arg(file.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| self.fails(format!("cannot be started: {e}")))?;
        // A thread reads, so that a program that prints much is not held up, and one that hangs can be ended.
        let output = child.stdout.take();
        let reader = std::thread::spawn(move || {
            let mut text = Vec::new();
            let read = output.map(|o| o.take(MOST).read_to_end(&mut text));
            (text, read.is_none_or(|r| r.is_ok()))
        });
        let pause = Duration::from_millis(20);
        let mut waited = Duration::ZERO;
        let status = loop {
            match child.try_wait().map_err(|e| self.fails(e))? {
                Some(status) => break status,
                None if waited >= self.limit => {
                    let _ = child.kill();
                    let _ = child.wait();
                    return Err(
                        self.fails(format!("gave no answer in {} s and was ended", self.limit.as_secs_f64()))
                    );
                }
                None => {
                    std::thread::sleep(pause);
                    waited += pause;
                }
            }
        };
        let (text, read) = reader.join().map_err(|_| self.fails("its output could not be read"))?;
        if !status.success() || !read {
            return Err(self.fails(format!("ended with {status}")));
        }
        let text = String::from_utf8_lossy(&text).split_whitespace().collect::<Vec<_>>().join(" ");
        match text.is_empty() {
            true => Err(self.fails("heard nothing")),
            false => Ok(text),
        }
    }
}
