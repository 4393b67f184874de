package org.buildengine.session.tree;

import io.grpc.Status;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import org.buildengine.session.HostException;
import org.buildengine.session.HostException.Reason;

/** Translates between gRPC statuses and {@link HostException}s. */
public final class Statuses {
    private Statuses() {}

    /** What a failed call means for the caller. */
    public static HostException toException(Status status) {
        String description = status.getDescription();
        String text =
                description == null || description.isEmpty() ? "the client answered " + status.getCode() : description;
        Reason reason = switch (status.getCode()) {
            case NOT_FOUND -> Reason.NOT_FOUND;
            case PERMISSION_DENIED, UNAUTHENTICATED -> Reason.DENIED;
            case UNIMPLEMENTED -> Reason.UNSUPPORTED;
            case UNAVAILABLE -> Reason.GONE;
            case DEADLINE_EXCEEDED -> Reason.TIMEOUT;
            case RESOURCE_EXHAUSTED -> Reason.TOO_LARGE;
            default -> Reason.REMOTE;
        };
        if (reason == Reason.GONE) {
            text = "the connection to the client is gone: " + text;
        }
        Throwable cause = status.getCause();
        return cause == null ? new HostException(reason, text) : new HostException(reason, text, cause);
    }

    /** How a failure of this side is told to the caller. */
    public static Status toStatus(Throwable failure) {
        Status status = switch (failure) {
            case HostException host -> codeOf(host.reason());
            case NoSuchFileException _ -> Status.NOT_FOUND;
            case AccessDeniedException _ -> Status.PERMISSION_DENIED;
            case InterruptedException _ -> Status.CANCELLED;
            case IOException _ -> Status.UNKNOWN;
            case IllegalArgumentException _ -> Status.INVALID_ARGUMENT;
            default -> Status.INTERNAL;
        };
        return status.withDescription(describe(failure)).withCause(failure);
    }

    /** One line for a person: what failed and why. */
    public static String describe(Throwable failure) {
        String message = failure.getMessage();
        return switch (failure) {
            case NoSuchFileException _ -> message + ": no such file or directory";
            case AccessDeniedException _ -> message + ": permission denied";
            case FileAlreadyExistsException e when e.getReason() == null -> message + ": file exists";
            case NotDirectoryException _ -> message + ": not a directory";
            case DirectoryNotEmptyException _ -> message + ": directory not empty";
            case FileSystemException _ -> String.valueOf(message);
            default -> message == null ? failure.getClass().getSimpleName() : message;
        };
    }

    private static Status codeOf(Reason reason) {
        return switch (reason) {
            case NOT_FOUND -> Status.NOT_FOUND;
            case DENIED -> Status.PERMISSION_DENIED;
            case UNSUPPORTED -> Status.UNIMPLEMENTED;
            case GONE -> Status.UNAVAILABLE;
            case TIMEOUT -> Status.DEADLINE_EXCEEDED;
            case TOO_LARGE, CHANGED, PROTOCOL, REMOTE -> Status.UNKNOWN;
        };
    }
}
