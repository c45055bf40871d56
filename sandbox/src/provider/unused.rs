//! Calls the sandbox has no use for.

/// Refuses each call, as the `async_trait` around them writes them.
macro_rules! unused {
    ($($name:ident: $call:ident),* $(,)?) => {
        $(fn $name<'life0, 'async_trait>(
            &'life0 self,
            _: Request<wire::$call::Request>,
        ) -> Pin<Box<dyn Future<Output = Answer<wire::$call::Response>> + Send + 'async_trait>>
        where
            'life0: 'async_trait,
            Self: 'async_trait,
        {
            let message = concat!(stringify!($name), " is not in the sandbox");
            Box::pin(async move { Err(Status::unimplemented(message)) })
        })*
    };
}

pub(super) use unused;
