//! A proxy between one controller and the API server that numbers the controller's writes and, at one of them,
//! does what networks and machines do.

use axum::{
    body::{Body, Bytes},
    extract::{ConnectInfo, Request, State, connect_info::Connected},
    http::{Method, StatusCode, Uri, header, request::Parts},
    response::{IntoResponse, Response},
    serve::{IncomingStream, Listener},
};
use futures::StreamExt;
use kube::Client;
use serde_json::json;
use std::{
    fmt, io,
    net::SocketAddr,
    pin::Pin,
    str::FromStr,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};
use tokio_util::sync::CancellationToken;

/// What happens at a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The controller dies before the write reaches the API server.
    Before,
    /// The write is done, its answer is lost, the controller lives on.
    Lost,
    /// The write is done and answered, then the controller dies.
    After,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Before => "before",
            Self::Lost => "lost",
            Self::After => "after",
        })
    }
}

/// At which write what happens. Written `7:lost`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// Number of the write, from 1.
    pub number: usize,
    /// What happens.
    pub kind: Kind,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.number, self.kind)
    }
}

impl FromStr for Point {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = || format!("{text}: NUMBER:before, NUMBER:lost or NUMBER:after is wanted");
        let (number, kind) = text.split_once(':').ok_or_else(wanted)?;
        let kind = match kind {
            "before" => Kind::Before,
            "lost" => Kind::Lost,
            "after" => Kind::After,
            _ => return Err(wanted()),
        };
        Ok(Self { number: number.parse().map_err(|_| wanted())?, kind })
    }
}

/// One write of the controller.
#[derive(Debug, Clone)]
pub struct Call {
    /// When it came.
    pub at: Instant,
    /// Method and path.
    pub what: String,
    /// Its body.
    pub body: String,
    /// Status of the answer; `None` while there is none.
    pub status: Option<u16>,
}

/// Picks a write.
type Pick = Box<dyn Fn(&Call) -> bool + Send>;

#[derive(Default)]
struct Book {
    calls: Vec<Call>,
    /// Calls before this one belong to an earlier workload.
    start: usize,
    point: Option<Point>,
    /// At the first such write the controller dies, whatever its number.
    trap: Option<Pick>,
    hit: Option<Call>,
    pid: Option<u32>,
    killed: bool,
    /// Ends all streams that are open now.
    streams: CancellationToken,
}

struct Shared {
    upstream: Client,
    book: Mutex<Book>,
    /// The controller is dead or dying: nothing of it goes through any more.
    dead: AtomicBool,
    /// The API server answers 503.
    away: AtomicBool,
}

/// A running proxy.
#[derive(Clone)]
pub struct Proxy {
    /// Where the controller finds its API server.
    pub url: String,
    shared: Arc<Shared>,
}

impl Proxy {
    /// Listens on a free port of the loopback; `upstream` acts as the controller.
    pub async fn start(upstream: Client) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::new(Shared {
            upstream,
            book: Mutex::default(),
            dead: AtomicBool::new(false),
            away: AtomicBool::new(false),
        });
        let router = axum::Router::new().fallback(handle).with_state(Arc::clone(&shared));
        let service = router.into_make_service_with_connect_info::<Cut>();
        tokio::spawn(async move { axum::serve(CutListener(listener), service).await });
        Self { url, shared }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.shared.book.lock().unwrap()
    }

    /// Numbers from 1 again, and lets this happen at the write of that number.
    pub fn arm(&self, point: Option<Point>) {
        let mut book = self.book();
        book.start = book.calls.len();
        book.point = point;
        book.hit = None;
    }

    /// Lets the controller die before the first write that is picked reaches the API server.
    pub fn kill_before(&self, pick: impl Fn(&Call) -> bool + Send + 'static) {
        self.book().trap = Some(Box::new(pick));
    }

    /// A new controller process may call.
    pub fn serve_process(&self, pid: u32) {
        let mut book = self.book();
        book.pid = Some(pid);
        book.killed = false;
        self.shared.dead.store(false, Ordering::SeqCst);
    }

    /// The proxy has killed the controller.
    pub fn has_killed(&self) -> bool {
        self.book().killed
    }

    /// The write at which it happened.
    pub fn hit(&self) -> Option<Call> {
        self.book().hit.clone()
    }

    /// Writes since the last [`Self::arm`].
    pub fn calls(&self) -> Vec<Call> {
        let book = self.book();
        book.calls[book.start..].to_vec()
    }

    /// How long no write has come.
    pub fn quiet(&self) -> Duration {
        self.book().calls.last().map_or(Duration::MAX, |call| call.at.elapsed())
    }

    /// From now on the API server answers 503 to every call, and ends its watches; or it is back.
    pub fn set_away(&self, away: bool) {
        self.shared.away.store(away, Ordering::SeqCst);
        if away {
            std::mem::take(&mut self.book().streams).cancel();
        }
    }
}

impl Shared {
    /// Numbers a write; what shall happen at it.
    fn count(&self, parts: &Parts, body: &Bytes) -> (usize, Option<Kind>) {
        let what = format!("{} {}", parts.method, parts.uri.path());
        let mut book = self.book.lock().unwrap();
        let body = String::from_utf8_lossy(body).into_owned();
        let call = Call { at: Instant::now(), what, body, status: None };
        book.calls.push(call.clone());
        let number = book.calls.len() - book.start;
        let trapped = book.trap.take_if(|pick| pick(&call)).map(|_| Kind::Before);
        let kind =
            book.point.filter(|p| p.number == number && book.hit.is_none()).map(|p| p.kind).or(trapped);
        if kind.is_some() {
            book.hit = Some(call);
        }
        (book.calls.len() - 1, kind)
    }

    fn kill(&self) {
        self.dead.store(true, Ordering::SeqCst);
        let mut book = self.book.lock().unwrap();
        if let Some(pid) = book.pid.take() {
            let pid = nix::unistd::Pid::from_raw(i32::try_from(pid).unwrap());
            nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
            book.killed = true;
        }
    }

    async fn forward(&self, mut parts: Parts, body: Bytes) -> Result<Response, kube::Error> {
        // The client of the upstream sets its own.
        for name in [header::HOST, header::CONNECTION, header::CONTENT_LENGTH, header::TRANSFER_ENCODING] {
            parts.headers.remove(name);
        }
        let request = axum::http::Request::from_parts(parts, kube::client::Body::from(body));
        let (mut parts, body) = self.upstream.send(request).await?.into_parts();
        parts.headers.remove(header::TRANSFER_ENCODING);
        parts.headers.remove(header::CONNECTION);
        let streams = self.book.lock().unwrap().streams.clone();
        let body = Body::new(body).into_data_stream().take_until(streams.cancelled_owned());
        Ok(Response::from_parts(parts, Body::from_stream(body)))
    }
}

/// Writes that change the cluster for good: no Lease, no event, no question.
fn counts(method: &Method, uri: &Uri) -> bool {
    let write = [Method::POST, Method::PUT, Method::PATCH, Method::DELETE].contains(method);
    let path = uri.path();
    let other = ["/leases", "/events", "/tokenreviews", "/authorization.k8s.io/"];
    let dry = uri.query().is_some_and(|q| q.contains("dryRun"));
    write && !dry && !other.iter().any(|o| path.contains(o))
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(cut): ConnectInfo<Cut>,
    request: Request,
) -> Response {
    if shared.dead.load(Ordering::SeqCst) {
        return cut.now();
    }
    if shared.away.load(Ordering::SeqCst) {
        return unavailable("the API server is away");
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, 64 << 20).await else { return cut.now() };
    if !counts(&parts.method, &parts.uri) {
        return shared.forward(parts, body).await.unwrap_or_else(|error| unavailable(&error.to_string()));
    }
    let (index, kind) = shared.count(&parts, &body);
    if kind == Some(Kind::Before) {
        shared.kill();
        return cut.now();
    }
    // A write that has begun is finished, whoever waits for it.
    let task = tokio::spawn({
        let shared = Arc::clone(&shared);
        async move {
            let (parts, body) = shared.forward(parts, body).await?.into_parts();
            let body = axum::body::to_bytes(body, 64 << 20).await.unwrap_or_default();
            shared.book.lock().unwrap().calls[index].status = Some(parts.status.as_u16());
            Ok::<_, kube::Error>(Response::from_parts(parts, Body::from(body)))
        }
    });
    let answer = task.await.unwrap().unwrap_or_else(|error| unavailable(&error.to_string()));
    match kind {
        None | Some(Kind::Before) => answer,
        Some(Kind::Lost) => cut.now(),
        Some(Kind::After) => {
            shared.dead.store(true, Ordering::SeqCst);
            tokio::spawn(async move {
                // Time for the answer to arrive; nothing more goes through meanwhile.
                tokio::time::sleep(Duration::from_millis(20)).await;
                shared.kill();
            });
            answer
        }
    }
}

fn unavailable(message: &str) -> Response {
    let status = json!({ "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": "ServiceUnavailable", "code": 503 });
    (StatusCode::SERVICE_UNAVAILABLE, axum::Json(status)).into_response()
}

/// Cuts a connection before another byte is written.
#[derive(Clone, Default)]
struct Cut(Arc<AtomicBool>);

impl Cut {
    /// An answer that never arrives.
    fn now(&self) -> Response {
        self.0.store(true, Ordering::SeqCst);
        StatusCode::IM_A_TEAPOT.into_response()
    }
}

impl Connected<IncomingStream<'_, CutListener>> for Cut {
    fn connect_info(stream: IncomingStream<'_, CutListener>) -> Self {
        stream.io().cut.clone()
    }
}

struct CutListener(TcpListener);

struct CutStream {
    stream: TcpStream,
    cut: Cut,
}

impl Listener for CutListener {
    type Io = CutStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (CutStream, SocketAddr) {
        let (stream, from) = Listener::accept(&mut self.0).await;
        stream.set_nodelay(true).unwrap();
        (CutStream { stream, cut: Cut::default() }, from)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }
}

impl AsyncRead for CutStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for CutStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.cut.0.load(Ordering::SeqCst) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
