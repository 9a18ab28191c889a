//! Where media go: they are handed on in order, at the pace of whoever takes them, and playback does not wait.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::ClientError;
use crate::http::{Http, checked, origin_of};

/// What bytes are written to.
pub type Writer = Box<dyn tokio::io::AsyncWrite + Send + Unpin>;

/// Where media are handed on to.
#[derive(Clone, Debug, Default)]
pub enum Sink {
    #[default]
    None,
    /// What the program has open, under this name: its standard output, say.
    Opened(&'static str, fn() -> Writer),
    /// A file, which is made anew.
    File(PathBuf),
    /// An address: if a server is there, it is sent every segment as a `POST`; if nobody is, the first who asks there with a `GET` is
    /// sent everything.
    Http(String),
    /// Somebody in this program.
    Channel(mpsc::UnboundedSender<Bytes>),
}

impl Sink {
    /// `http://...` or the name of a file.
    ///
    /// # Errors
    /// [`ClientError::Input`] for an address that cannot be asked.
    pub fn parse(text: &str) -> Result<Sink, ClientError> {
        match text {
            url if url.starts_with("https:") => {
                Err(ClientError::input(url, "a secure address", "a file, or http://HOST:PORT"))
            }
            url if url.contains("://") => checked(url).map(Sink::Http),
            path => Ok(Sink::File(path.into())),
        }
    }

    /// Where the sound goes that is not in the picture's segments: a file beside that of the picture (`movie.audio.mp4` beside
    /// `movie.mp4`), else nowhere.
    pub(crate) fn of_sound(&self) -> Sink {
        match self {
            Sink::File(path) => {
                let ending =
                    path.extension().map_or("audio".into(), |e| format!("audio.{}", e.to_string_lossy()));
                Sink::File(path.with_extension(ending))
            }
            _ => Sink::None,
        }
    }

    fn name(&self) -> String {
        match self {
            Sink::None => String::new(),
            Sink::Opened(name, _) => (*name).to_string(),
            Sink::File(path) => path.display().to_string(),
            Sink::Http(url) => url.clone(),
            Sink::Channel(_) => "the receiver".to_string(),
        }
    }
}

/// Sends everything to the first who asks.
async fn serve(
    listener: TcpListener,
    mut queue: mpsc::UnboundedReceiver<Bytes>,
    waiting: Arc<AtomicU64>,
) -> Result<(), String> {
    let said = |e: std::io::Error| e.to_string();
    loop {
        let (mut stream, _) = listener.accept().await.map_err(said)?;
        let mut head = Vec::new();
        let asked = async {
            let mut piece = [0; 1024];
            while !head.windows(4).any(|w| w == b"\r\n\r\n") && head.len() < 16_384 {
                match stream.read(&mut piece).await {
                    Ok(n) if n > 0 => head.extend_from_slice(&piece[..n]),
                    _ => return false,
                }
            }
            head.starts_with(b"GET ")
        };
        // Who only looks, or never says what they want, is no receiver.
        if tokio::time::timeout(std::time::Duration::from_secs(5), asked).await != Ok(true) {
            continue;
        }
        let head = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n";
        stream.write_all(head).await.map_err(said)?;
        while let Some(bytes) = queue.recv().await {
            waiting.fetch_sub(bytes.len() as u64, Ordering::Relaxed);
            stream.write_all(&bytes).await.map_err(said)?;
        }
        return stream.shutdown().await.map_err(said);
    }
}

/// The way to a sink.
pub(crate) struct Outlet {
    sender: Option<mpsc::UnboundedSender<Bytes>>,
    waiting: Arc<AtomicU64>,
    most: u64,
    name: String,
    task: Option<JoinHandle<Result<(), String>>>,
}

impl Outlet {
    /// Opens a sink; at most so many bytes wait for it.
    pub(crate) async fn open(sink: &Sink, http: Http, most: u64) -> Result<Outlet, ClientError> {
        let waiting = Arc::new(AtomicU64::new(0));
        let name = sink.name();
        let mut outlet = Outlet { sender: None, waiting: waiting.clone(), most, name, task: None };
        let (sender, mut queue) = mpsc::unbounded_channel::<Bytes>();
        let failed = |e: std::io::Error| outlet.failed(e);
        let mut writer: Writer = match sink {
            Sink::None => return Ok(outlet),
            Sink::Channel(to) => {
                outlet.sender = Some(to.clone());
                outlet.most = u64::MAX;
                return Ok(outlet);
            }
            Sink::Opened(_, open) => open(),
            Sink::File(path) => Box::new(tokio::fs::File::create(path).await.map_err(failed)?),
            Sink::Http(url) => {
                let url = url.clone();
                let host = origin_of(&url).trim_start_matches("http://").to_string();
                if tokio::net::TcpStream::connect(&host).await.is_err() {
                    let listener = TcpListener::bind(&host).await.map_err(failed)?;
                    outlet.task = Some(tokio::spawn(serve(listener, queue, waiting)));
                    outlet.sender = Some(sender);
                    return Ok(outlet);
                }
                outlet.task = Some(tokio::spawn(async move {
                    while let Some(bytes) = queue.recv().await {
                        waiting.fetch_sub(bytes.len() as u64, Ordering::Relaxed);
                        http.post(&url, bytes).await?;
                    }
                    Ok(())
                }));
                outlet.sender = Some(sender);
                return Ok(outlet);
            }
        };
        outlet.task = Some(tokio::spawn(async move {
            while let Some(bytes) = queue.recv().await {
                waiting.fetch_sub(bytes.len() as u64, Ordering::Relaxed);
                writer.write_all(&bytes).await.map_err(|e| e.to_string())?;
                writer.flush().await.map_err(|e| e.to_string())?;
            }
            Ok(())
        }));
        outlet.sender = Some(sender);
        Ok(outlet)
    }

    fn failed(&self, problem: impl std::fmt::Display) -> ClientError {
        let text = problem.to_string();
        let problem = text.split(" (os error").next().unwrap_or_default().to_string();
        ClientError::Sink { to: self.name.clone(), problem }
    }

    /// Hands media on.
    pub(crate) fn put(&self, bytes: Bytes) -> Result<(), ClientError> {
        let Some(sender) = &self.sender else { return Ok(()) };
        let waiting = self.waiting.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        if waiting > self.most {
            return Err(self.failed(format!("{} MiB wait and nobody takes them", waiting >> 20)));
        }
        sender.send(bytes).map_err(|_| self.failed("whoever took the media is gone"))
    }

    /// Waits until everything is taken.
    pub(crate) async fn close(mut self) -> Result<(), ClientError> {
        self.sender = None;
        let Some(task) = self.task.take() else { return Ok(()) };
        match tokio::time::timeout(std::time::Duration::from_secs(30), task).await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(problem))) => Err(self.failed(problem)),
            Ok(Err(problem)) => Err(self.failed(problem)),
            Err(_) => Err(self.failed("the rest was not taken within 30 s")),
        }
    }
}
