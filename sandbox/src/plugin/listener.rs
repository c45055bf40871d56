//! Connections of the engine over a socket, with TLS where it asks for it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;
use tokio_rustls::server::TlsStream;
use tokio_stream::Stream;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::server::Connected;

use super::tls::Tls;

/// One connection.
#[derive(Debug)]
pub enum Connection {
    /// In clear.
    Plain(UnixStream),
    /// With TLS.
    Tls(Box<TlsStream<UnixStream>>),
}

/// Accepts connections for as long as they are wanted. A connection whose
/// TLS fails is dropped, others go on.
pub fn connections(listener: UnixListener, tls: Option<Tls>) -> impl Stream<Item = io::Result<Connection>> {
    let (sender, receiver) = mpsc::channel(4);
    tokio::spawn(async move {
        loop {
            let accepted = match listener.accept().await {
                Ok((stream, _)) => stream,
                Err(error) => {
                    drop(sender.send(Err(error)).await);
                    return;
                }
            };
            let (sender, acceptor) = (sender.clone(), tls.as_ref().map(Tls::acceptor));
            tokio::spawn(async move {
                let connection = match acceptor {
                    None => Connection::Plain(accepted),
                    Some(acceptor) => match acceptor.accept(accepted).await {
                        Ok(stream) => Connection::Tls(Box::new(stream)),
                        Err(error) => {
                            tracing::warn!("a connection to the plugin failed: {error}");
                            return;
                        }
                    },
                };
                drop(sender.send(Ok(connection)).await);
            });
        }
    });
    ReceiverStream::new(receiver)
}

impl Connected for Connection {
    type ConnectInfo = ();

    fn connect_info(&self) {}
}

impl AsyncRead for Connection {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Connection {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_flush(context),
            Self::Tls(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
