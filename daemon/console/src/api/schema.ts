// Written by `npm run api:console` from the daemon's description of its API.

export interface paths {
    "/api/status": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** The state of every storage that the caller may read of. */
        get: operations["getApiStatus"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/storages/{storage}/sync": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Polls a storage's remote now. */
        post: operations["postApiStoragesStorageSync"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/environments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the environments, branches included. */
        get: operations["getApiV2Environments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/environments/{environment}/branches": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the branches of an environment. */
        get: operations["getApiV2EnvironmentsEnvironmentBranches"];
        put?: never;
        /** Branches an environment. */
        post: operations["postApiV2EnvironmentsEnvironmentBranches"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/environments/{environment}/branches/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Deletes a branch and its environment. */
        delete: operations["deleteApiV2EnvironmentsEnvironmentBranchesKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/environments/{environment}/compare": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Compares two revisions: which items differ, and for each flag exactly whose answers. */
        get: operations["getApiV2EnvironmentsEnvironmentCompare"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/environments/{environment}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Commits that changed an environment, newest first. */
        get: operations["getApiV2EnvironmentsEnvironmentHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/environments/{environment}/namespaces": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the namespaces of an environment. */
        get: operations["getApiV2EnvironmentsEnvironmentNamespaces"];
        /** Changes the name and description of a namespace. */
        put: operations["putApiV2EnvironmentsEnvironmentNamespaces"];
        /** Creates a namespace. */
        post: operations["postApiV2EnvironmentsEnvironmentNamespaces"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/environments/{environment}/namespaces/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One namespace. */
        get: operations["getApiV2EnvironmentsEnvironmentNamespacesKey"];
        put?: never;
        post?: never;
        /** Deletes a namespace with all that is in it. */
        delete: operations["deleteApiV2EnvironmentsEnvironmentNamespacesKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/environments/{environment}/namespaces/{namespace}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Commits that changed a namespace, newest first. */
        get: operations["getApiV2EnvironmentsEnvironmentNamespacesNamespaceHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/environments/{environment}/namespaces/{namespace}/last-changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** When each flag of a namespace was made and last changed, and by whom, as far as its newest commits tell. */
        get: operations["getApiV2EnvironmentsEnvironmentNamespacesNamespaceLastChanges"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/environments/{environment}/namespaces/{namespace}/resources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        /** Replaces a flag or segment. */
        put: operations["putApiV2EnvironmentsEnvironmentNamespacesNamespaceResources"];
        /** Creates a flag or segment. */
        post: operations["postApiV2EnvironmentsEnvironmentNamespacesNamespaceResources"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/environments/{environment}/namespaces/{namespace}/resources/{type}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the flags or segments of a namespace. */
        get: operations["getApiV2EnvironmentsEnvironmentNamespacesNamespaceResourcesType"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/environments/{environment}/namespaces/{namespace}/resources/{type}/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** One flag or segment. */
        get: operations["getApiV2EnvironmentsEnvironmentNamespacesNamespaceResourcesTypeKey"];
        put?: never;
        post?: never;
        /** Deletes a flag or segment. */
        delete: operations["deleteApiV2EnvironmentsEnvironmentNamespacesNamespaceResourcesTypeKey"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/environments/{environment}/namespaces/{namespace}/resources/{type}/{key}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Commits that changed a flag or segment, newest first. */
        get: operations["getApiV2EnvironmentsEnvironmentNamespacesNamespaceResourcesTypeKeyHistory"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/environments/{environment}/namespaces/{namespace}/resources/{type}/{key}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Puts a flag or segment back to what it was at a revision: a commit, a tag, main~1, or a time. */
        post: operations["postApiV2EnvironmentsEnvironmentNamespacesNamespaceResourcesTypeKeyRollback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/environments/{environment}/namespaces/{namespace}/rights": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tells what the caller may change in a namespace, and whether its environment may be branched. */
        get: operations["getApiV2EnvironmentsEnvironmentNamespacesNamespaceRights"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/environments/{environment}/namespaces/{namespace}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Puts a namespace back to what it was at a revision: a commit, a tag, main~1, or a time. */
        post: operations["postApiV2EnvironmentsEnvironmentNamespacesNamespaceRollback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/environments/{environment}/namespaces/{namespace}/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** How often each flag of a namespace was evaluated, when last, with which answers, and what is stale. */
        get: operations["getApiV2EnvironmentsEnvironmentNamespacesNamespaceUsage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v2/environments/{environment}/rollback": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Puts all features files of an environment back to what it was at a revision: a commit, a tag, main~1, or a time. */
        post: operations["postApiV2EnvironmentsEnvironmentRollback"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v1/method": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the methods of authentication. */
        get: operations["getAuthV1Method"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v1/self": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Tells whom the request's credential stands for. */
        get: operations["getAuthV1Self"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/auth/v1/self/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Ends the caller's session, and tells where its provider ends its own. */
        delete: operations["deleteAuthV1SelfRevoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/evaluate/v1/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Evaluates several flags of any type. */
        post: operations["postEvaluateV1Batch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/evaluate/v1/explain": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Explains an evaluation, or several: every step with its outcome, where it is written and its last change. */
        post: operations["postEvaluateV1Explain"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/meta/info": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Version and features of this server. */
        get: operations["getMetaInfo"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Error: {
            code: number;
            details: ({
                column?: number;
                file: string;
                line?: number;
                namespaces: string[];
                reason: string;
                test?: {
                    expected: string;
                    flag: string;
                    got: string;
                    name: string;
                };
            } | {
                change: number;
                code: string;
                reason: string;
                resource: string;
            })[];
            message: string;
        };
        OfrepError: {
            /** @enum {string} */
            errorCode: "FLAG_NOT_FOUND" | "INVALID_CONTEXT" | "GENERAL";
            errorDetails: string;
            key?: string;
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getApiStatus: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Version and storages. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Version of Node.js that it runs on. */
                        node: string;
                        sessions?: {
                            /** @constant */
                            holding?: true;
                            lastError?: string;
                            sharedBy: string;
                            /** Format: date-time */
                            since: string;
                            /** @enum {string} */
                            state: "connected" | "disconnected";
                            untold: number;
                        };
                        sinks?: {
                            delivered: number;
                            dropped: number;
                            failed: number;
                            lag: {
                                commits: number;
                                seconds: number;
                            };
                            lastError?: {
                                /** Format: date-time */
                                at: string;
                                code: string;
                                message: string;
                            };
                            name: string;
                            /** @enum {string} */
                            state: "ready" | "failing";
                            type: string;
                        }[];
                        /** Format: date-time */
                        startedAt: string;
                        storages: {
                            backend: string;
                            blocked?: {
                                code: string;
                                reason: string;
                            };
                            environments: string[];
                            failingTests?: {
                                column?: number;
                                enforced: boolean;
                                environment: string;
                                file: string;
                                line?: number;
                                /** @description The first of those that it is about. */
                                namespaces: string[];
                                reason: string;
                                revision: string;
                                test?: {
                                    expected: string;
                                    flag: string;
                                    got: string;
                                    name: string;
                                };
                            }[];
                            id: string;
                            lastError?: {
                                /** Format: date-time */
                                at: string;
                                code: string;
                                message: string;
                                /** @enum {string} */
                                step: "dns" | "connect" | "tls" | "http" | "auth" | "host-key" | "ref" | "pack" | "parse" | "push" | "backend";
                            };
                            /** Format: date-time */
                            lastSuccess?: string;
                            leaseHeld?: boolean;
                            /** Format: date-time */
                            nextPoll?: string;
                            quarantined: {
                                column?: number;
                                file: string;
                                line?: number;
                                namespace: string;
                                reason: string;
                                revision: string;
                                /** @constant */
                                test?: true;
                            }[];
                            revision: string;
                            stalenessSeconds: number;
                            /** @enum {string} */
                            state: "starting" | "ready" | "stale" | "failed";
                            uncommitted?: string[];
                            unread?: string[];
                            unservedBranches?: {
                                count: number;
                                environment: string;
                                limit: number;
                                names: string[];
                            }[];
                            unservedNamespaces?: {
                                environment: string;
                                namespace: string;
                                /** @constant */
                                searching?: true;
                            }[];
                            warnings?: string[];
                        }[];
                        upstream?: {
                            address: string;
                            lastError?: {
                                code: string;
                                message: string;
                            };
                            /** Format: date-time */
                            since: string;
                            /** @enum {string} */
                            state: "connected" | "disconnected";
                        };
                        version: string;
                        workers: {
                            /** @description `server.workers`; with one the daemon answers reads itself. */
                            configured: number;
                            running: number;
                        };
                    };
                };
            };
        };
    };
    postApiStoragesStorageSync: {
        parameters: {
            query?: {
                /** @description `true`: answer when the poll has ended, with the storage's status. */
                wait?: string;
            };
            header?: never;
            path: {
                storage: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The status after the poll. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        backend: string;
                        blocked?: {
                            code: string;
                            reason: string;
                        };
                        environments: string[];
                        failingTests?: {
                            column?: number;
                            enforced: boolean;
                            environment: string;
                            file: string;
                            line?: number;
                            /** @description The first of those that it is about. */
                            namespaces: string[];
                            reason: string;
                            revision: string;
                            test?: {
                                expected: string;
                                flag: string;
                                got: string;
                                name: string;
                            };
                        }[];
                        id: string;
                        lastError?: {
                            /** Format: date-time */
                            at: string;
                            code: string;
                            message: string;
                            /** @enum {string} */
                            step: "dns" | "connect" | "tls" | "http" | "auth" | "host-key" | "ref" | "pack" | "parse" | "push" | "backend";
                        };
                        /** Format: date-time */
                        lastSuccess?: string;
                        leaseHeld?: boolean;
                        /** Format: date-time */
                        nextPoll?: string;
                        quarantined: {
                            column?: number;
                            file: string;
                            line?: number;
                            namespace: string;
                            reason: string;
                            revision: string;
                            /** @constant */
                            test?: true;
                        }[];
                        revision: string;
                        stalenessSeconds: number;
                        /** @enum {string} */
                        state: "starting" | "ready" | "stale" | "failed";
                        uncommitted?: string[];
                        unread?: string[];
                        unservedBranches?: {
                            count: number;
                            environment: string;
                            limit: number;
                            names: string[];
                        }[];
                        unservedNamespaces?: {
                            environment: string;
                            namespace: string;
                            /** @constant */
                            searching?: true;
                        }[];
                        warnings?: string[];
                    };
                };
            };
            /** @description The poll is under way. */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        storage: string;
                    };
                };
            };
        };
    };
    getApiV2Environments: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All environments that the caller may read of. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        environments: {
                            configuration: {
                                base?: string;
                                directory?: string;
                                ref: string;
                                remote?: string;
                            };
                            default: boolean;
                            key: string;
                            name: string;
                        }[];
                    };
                };
            };
        };
    };
    getApiV2EnvironmentsEnvironmentBranches: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                environment: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All branches. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        branches: {
                            environmentKey: string;
                            key: string;
                            ref: string;
                        }[];
                    };
                };
            };
        };
    };
    postApiV2EnvironmentsEnvironmentBranches: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                environment: string;
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    key?: string | null;
                } | null;
            };
        };
        responses: {
            /** @description The new environment. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        configuration: {
                            base?: string;
                            directory?: string;
                            ref: string;
                            remote?: string;
                        };
                        default: boolean;
                        key: string;
                        name: string;
                    };
                };
            };
        };
    };
    deleteApiV2EnvironmentsEnvironmentBranchesKey: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                environment: string;
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted, or never there. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
        };
    };
    getApiV2EnvironmentsEnvironmentCompare: {
        parameters: {
            query: {
                /** @description The revision before. */
                base: string;
                /** @description `true`: each affected flag with its segments before and after, for evaluating it elsewhere. */
                definitions?: "true" | "false";
                /** @description The revision after; absent: what is served. */
                head?: string;
                /** @description Only this namespace. */
                namespace?: string;
                /** @description `all` lists the regions whose answers stay the same, too. */
                regions?: "changed" | "all";
            };
            header?: never;
            path: {
                environment: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What differs. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        affected: {
                            /** @description The flag with the segments that count for it, where they are asked for. */
                            definitions?: {
                                after: {
                                    flag: {
                                        [key: string]: unknown;
                                    };
                                    segments: {
                                        [key: string]: unknown;
                                    }[];
                                } | null;
                                before: {
                                    flag: {
                                        [key: string]: unknown;
                                    };
                                    segments: {
                                        [key: string]: unknown;
                                    }[];
                                } | null;
                            };
                            /** @description False: there were too many combinations to list regions, or some may be impossible. */
                            exact: boolean;
                            flag: string;
                            /** @description The smallest such part: of everybody it is at least this. */
                            least: number;
                            namespace: string;
                            regions: {
                                after: {
                                    enabled: boolean;
                                } | {
                                    attachment?: unknown;
                                    variant: string;
                                } | null;
                                before: {
                                    enabled: boolean;
                                } | {
                                    attachment?: unknown;
                                    variant: string;
                                } | null;
                                /** @description From the first bucket to before the second. */
                                bucket: [
                                    number,
                                    number
                                ];
                                bucketBefore?: {
                                    bucket: [
                                        number,
                                        number
                                    ];
                                    grid: number;
                                };
                                /** @description The entities it is about, where only named ones can be there. */
                                entities?: string[];
                                example?: {
                                    context: {
                                        [key: string]: string;
                                    };
                                    entityId?: string;
                                };
                                /** @description Buckets there are. */
                                grid: number;
                                segments: {
                                    [key: string]: boolean;
                                };
                                /** @description Segments as `base` defines them, where `head` has them otherwise. */
                                segmentsBefore?: {
                                    [key: string]: boolean;
                                };
                                /** @description Part of everybody whose segments are as said. */
                                share: number;
                                when: string;
                            }[];
                            /** @description The largest part of those in the same segments whose answer changes: of everybody it is at most this. */
                            share: number;
                        }[];
                        base: string;
                        changes: {
                            after: {
                                [key: string]: unknown;
                            } | null;
                            before: {
                                [key: string]: unknown;
                            } | null;
                            key: string;
                            namespace: string;
                            /** @enum {string} */
                            type: "namespace" | "flag" | "segment";
                        }[];
                        head: string;
                    };
                };
            };
        };
    };
    getApiV2EnvironmentsEnvironmentHistory: {
        parameters: {
            query?: {
                /** @description Commits on one page: 20, at most 200. */
                limit?: string;
                /** @description `nextPageToken` of the page before. */
                pageToken?: string;
            };
            header?: never;
            path: {
                environment: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of commits. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        commits: {
                            actor?: string;
                            authorEmail: string;
                            authorName: string;
                            changes: {
                                after?: {
                                    [key: string]: unknown;
                                };
                                before?: {
                                    [key: string]: unknown;
                                };
                                key: string;
                                namespaceKey: string;
                                typeUrl: string;
                            }[];
                            /** @description Vexil extension. Path and query of the comparison with the commit before; absent for the first of all. */
                            compare?: string;
                            message: string;
                            revision: string;
                            /** Format: date-time */
                            timestamp: string;
                        }[];
                        nextPageToken: string;
                    };
                };
            };
        };
    };
    getApiV2EnvironmentsEnvironmentNamespaces: {
        parameters: {
            query?: {
                /** @description Vexil extension. The state at a revision: a commit's id or how it begins, a tag, a branch, `main~3`, or a time (RFC 3339). */
                at?: string;
            };
            header?: never;
            path: {
                environment: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All namespaces that the caller may read. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Vexil extension. How the revision was found; there where the request has `at`. */
                        at?: {
                            daemon?: string;
                            /** @enum {string} */
                            kind: "revision" | "served" | "commit-time";
                            /** Format: date-time */
                            time?: string;
                        };
                        items: {
                            description?: string;
                            key: string;
                            name: string;
                            protected?: boolean;
                        }[];
                        revision: string;
                    };
                };
            };
        };
    };
    putApiV2EnvironmentsEnvironmentNamespaces: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                environment: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    description?: string | null;
                    dryRun?: boolean | null;
                    key: string;
                    message?: string | null;
                    name?: string | null;
                    protected?: boolean | null;
                    revision?: string | null;
                };
            };
        };
        responses: {
            /** @description The namespace as it was sent. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        namespace: {
                            description?: string;
                            key: string;
                            name: string;
                            protected?: boolean;
                        };
                        /** @description Vexil extension. What the write would do: there with `dryRun` alone, and then nothing is committed. */
                        preview?: {
                            /** @description Absent: there is nothing to change. The message has the trailers of this request. */
                            commit?: {
                                authorEmail: string;
                                authorName: string;
                                message: string;
                            };
                            files: {
                                after?: string;
                                before?: string;
                                /** @enum {string} */
                                change: "add" | "modify" | "delete";
                                /** @description As `git diff` writes it; `git apply` takes it. */
                                diff?: string;
                                /**
                                 * @description Why something of before, after and diff is left out: too long, not to be seen, no UTF-8.
                                 * @enum {string}
                                 */
                                omitted?: "size" | "rights" | "encoding";
                                path: string;
                            }[];
                            /** @description How many files are not listed. */
                            moreFiles: number;
                            /** @description The head that it was made on. */
                            revision: string;
                        };
                        revision: string;
                    };
                };
            };
        };
    };
    postApiV2EnvironmentsEnvironmentNamespaces: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                environment: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    description?: string | null;
                    dryRun?: boolean | null;
                    key: string;
                    message?: string | null;
                    name?: string | null;
                    protected?: boolean | null;
                    revision?: string | null;
                };
            };
        };
        responses: {
            /** @description The namespace as it was sent. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        namespace: {
                            description?: string;
                            key: string;
                            name: string;
                            protected?: boolean;
                        };
                        /** @description Vexil extension. What the write would do: there with `dryRun` alone, and then nothing is committed. */
                        preview?: {
                            /** @description Absent: there is nothing to change. The message has the trailers of this request. */
                            commit?: {
                                authorEmail: string;
                                authorName: string;
                                message: string;
                            };
                            files: {
                                after?: string;
                                before?: string;
                                /** @enum {string} */
                                change: "add" | "modify" | "delete";
                                /** @description As `git diff` writes it; `git apply` takes it. */
                                diff?: string;
                                /**
                                 * @description Why something of before, after and diff is left out: too long, not to be seen, no UTF-8.
                                 * @enum {string}
                                 */
                                omitted?: "size" | "rights" | "encoding";
                                path: string;
                            }[];
                            /** @description How many files are not listed. */
                            moreFiles: number;
                            /** @description The head that it was made on. */
                            revision: string;
                        };
                        revision: string;
                    };
                };
            };
        };
    };
    getApiV2EnvironmentsEnvironmentNamespacesKey: {
        parameters: {
            query?: {
                /** @description Vexil extension. The state at a revision: a commit's id or how it begins, a tag, a branch, `main~3`, or a time (RFC 3339). */
                at?: string;
            };
            header?: never;
            path: {
                environment: string;
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The namespace. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Vexil extension. How the revision was found; there where the request has `at`. */
                        at?: {
                            daemon?: string;
                            /** @enum {string} */
                            kind: "revision" | "served" | "commit-time";
                            /** Format: date-time */
                            time?: string;
                        };
                        namespace: {
                            description?: string;
                            key: string;
                            name: string;
                            protected?: boolean;
                        };
                        revision: string;
                    };
                };
            };
        };
    };
    deleteApiV2EnvironmentsEnvironmentNamespacesKey: {
        parameters: {
            query?: {
                /** @description Vexil extension. Check it and show what it would do; nothing is committed. */
                dry_run?: "true" | "false";
                /** @description Vexil extension. The commit's message, instead of the one by the template; trailers are added to it all the same. It may hold no control characters but line breaks and tabs. */
                message?: string;
                /** @description Refuse if the namespace's files have changed since this revision. */
                revision?: string;
            };
            header?: never;
            path: {
                environment: string;
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Vexil extension. What the write would do: there with `dryRun` alone, and then nothing is committed. */
                        preview?: {
                            /** @description Absent: there is nothing to change. The message has the trailers of this request. */
                            commit?: {
                                authorEmail: string;
                                authorName: string;
                                message: string;
                            };
                            files: {
                                after?: string;
                                before?: string;
                                /** @enum {string} */
                                change: "add" | "modify" | "delete";
                                /** @description As `git diff` writes it; `git apply` takes it. */
                                diff?: string;
                                /**
                                 * @description Why something of before, after and diff is left out: too long, not to be seen, no UTF-8.
                                 * @enum {string}
                                 */
                                omitted?: "size" | "rights" | "encoding";
                                path: string;
                            }[];
                            /** @description How many files are not listed. */
                            moreFiles: number;
                            /** @description The head that it was made on. */
                            revision: string;
                        };
                        revision: string;
                    };
                };
            };
        };
    };
    getApiV2EnvironmentsEnvironmentNamespacesNamespaceHistory: {
        parameters: {
            query?: {
                /** @description Commits on one page: 20, at most 200. */
                limit?: string;
                /** @description `nextPageToken` of the page before. */
                pageToken?: string;
            };
            header?: never;
            path: {
                environment: string;
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of commits. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        commits: {
                            actor?: string;
                            authorEmail: string;
                            authorName: string;
                            changes: {
                                after?: {
                                    [key: string]: unknown;
                                };
                                before?: {
                                    [key: string]: unknown;
                                };
                                key: string;
                                namespaceKey: string;
                                typeUrl: string;
                            }[];
                            /** @description Vexil extension. Path and query of the comparison with the commit before; absent for the first of all. */
                            compare?: string;
                            message: string;
                            revision: string;
                            /** Format: date-time */
                            timestamp: string;
                        }[];
                        nextPageToken: string;
                    };
                };
            };
        };
    };
    getApiV2EnvironmentsEnvironmentNamespacesNamespaceLastChanges: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                environment: string;
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Flags that the newest commits changed. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        flags: {
                            /** @description The newest commit that made or changed it. */
                            changed: {
                                by: string;
                                revision: string;
                                /** Format: date-time */
                                time: string;
                            };
                            key: string;
                            /** @description The commit that made it; absent where that is older than what was looked at. */
                            made?: {
                                by: string;
                                revision: string;
                                /** Format: date-time */
                                time: string;
                            };
                        }[];
                        /**
                         * Format: date-time
                         * @description Flags that are not named were changed before.
                         */
                        since?: string;
                    };
                };
            };
        };
    };
    putApiV2EnvironmentsEnvironmentNamespacesNamespaceResources: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                environment: string;
                namespace: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    dryRun?: boolean | null;
                    key: string;
                    message?: string | null;
                    payload: {
                        "@type": string;
                        description?: string | null;
                        enabled?: boolean | null;
                        key?: string | null;
                        metadata?: {
                            [key: string]: string | number | boolean | {
                                [key: string]: unknown;
                            } | unknown[];
                        } | null;
                        name: string;
                        type?: (("VARIANT_FLAG_TYPE" | "BOOLEAN_FLAG_TYPE") | number) | null;
                        variants?: {
                            attachment?: ({
                                [key: string]: unknown;
                            } | unknown[]) | null;
                            description?: string | null;
                            key: string;
                            name?: string | null;
                        }[] | null;
                    } | {
                        "@type": string;
                        description?: string | null;
                        key?: string | null;
                        matchType?: (("ALL_MATCH_TYPE" | "ANY_MATCH_TYPE") | number) | null;
                        name: string;
                    };
                    revision?: string | null;
                };
            };
        };
        responses: {
            /** @description The resource as it was sent. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Vexil extension. What the write would do: there with `dryRun` alone, and then nothing is committed. */
                        preview?: {
                            /** @description Absent: there is nothing to change. The message has the trailers of this request. */
                            commit?: {
                                authorEmail: string;
                                authorName: string;
                                message: string;
                            };
                            files: {
                                after?: string;
                                before?: string;
                                /** @enum {string} */
                                change: "add" | "modify" | "delete";
                                /** @description As `git diff` writes it; `git apply` takes it. */
                                diff?: string;
                                /**
                                 * @description Why something of before, after and diff is left out: too long, not to be seen, no UTF-8.
                                 * @enum {string}
                                 */
                                omitted?: "size" | "rights" | "encoding";
                                path: string;
                            }[];
                            /** @description How many files are not listed. */
                            moreFiles: number;
                            /** @description The head that it was made on. */
                            revision: string;
                        };
                        resource: {
                            key: string;
                            namespaceKey: string;
                            payload: {
                                "@type": string;
                                defaultVariant?: string;
                                description: string;
                                enabled: boolean;
                                key: string;
                                metadata?: {
                                    [key: string]: unknown;
                                };
                                name: string;
                                rollouts: {
                                    description: string;
                                    segment?: {
                                        /** @enum {string} */
                                        segmentOperator: "OR_SEGMENT_OPERATOR" | "AND_SEGMENT_OPERATOR";
                                        segments: string[];
                                        value: boolean;
                                    };
                                    threshold?: {
                                        percentage: number;
                                        value: boolean;
                                    };
                                    /** @enum {string} */
                                    type: "UNKNOWN_ROLLOUT_TYPE" | "SEGMENT_ROLLOUT_TYPE" | "THRESHOLD_ROLLOUT_TYPE";
                                }[];
                                rules: {
                                    distributions: {
                                        rollout: number;
                                        variant: string;
                                    }[];
                                    /** @enum {string} */
                                    segmentOperator: "OR_SEGMENT_OPERATOR" | "AND_SEGMENT_OPERATOR";
                                    segments: string[];
                                }[];
                                /** @enum {string} */
                                type: "VARIANT_FLAG_TYPE" | "BOOLEAN_FLAG_TYPE";
                                variants: {
                                    attachment?: unknown;
                                    description: string;
                                    key: string;
                                    name: string;
                                }[];
                            } | {
                                "@type": string;
                                constraints: {
                                    description: string;
                                    operator: string;
                                    property: string;
                                    type: string;
                                    value: string;
                                }[];
                                description: string;
                                key: string;
                                /** @enum {string} */
                                matchType: "ALL_MATCH_TYPE" | "ANY_MATCH_TYPE";
                                name: string;
                            };
                        };
                        revision: string;
                    };
                };
            };
        };
    };
    postApiV2EnvironmentsEnvironmentNamespacesNamespaceResources: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                environment: string;
                namespace: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    dryRun?: boolean | null;
                    key: string;
                    message?: string | null;
                    payload: {
                        "@type": string;
                        description?: string | null;
                        enabled?: boolean | null;
                        key?: string | null;
                        metadata?: {
                            [key: string]: string | number | boolean | {
                                [key: string]: unknown;
                            } | unknown[];
                        } | null;
                        name: string;
                        type?: (("VARIANT_FLAG_TYPE" | "BOOLEAN_FLAG_TYPE") | number) | null;
                        variants?: {
                            attachment?: ({
                                [key: string]: unknown;
                            } | unknown[]) | null;
                            description?: string | null;
                            key: string;
                            name?: string | null;
                        }[] | null;
                    } | {
                        "@type": string;
                        description?: string | null;
                        key?: string | null;
                        matchType?: (("ALL_MATCH_TYPE" | "ANY_MATCH_TYPE") | number) | null;
                        name: string;
                    };
                    revision?: string | null;
                };
            };
        };
        responses: {
            /** @description The resource as it was sent. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Vexil extension. What the write would do: there with `dryRun` alone, and then nothing is committed. */
                        preview?: {
                            /** @description Absent: there is nothing to change. The message has the trailers of this request. */
                            commit?: {
                                authorEmail: string;
                                authorName: string;
                                message: string;
                            };
                            files: {
                                after?: string;
                                before?: string;
                                /** @enum {string} */
                                change: "add" | "modify" | "delete";
                                /** @description As `git diff` writes it; `git apply` takes it. */
                                diff?: string;
                                /**
                                 * @description Why something of before, after and diff is left out: too long, not to be seen, no UTF-8.
                                 * @enum {string}
                                 */
                                omitted?: "size" | "rights" | "encoding";
                                path: string;
                            }[];
                            /** @description How many files are not listed. */
                            moreFiles: number;
                            /** @description The head that it was made on. */
                            revision: string;
                        };
                        resource: {
                            key: string;
                            namespaceKey: string;
                            payload: {
                                "@type": string;
                                defaultVariant?: string;
                                description: string;
                                enabled: boolean;
                                key: string;
                                metadata?: {
                                    [key: string]: unknown;
                                };
                                name: string;
                                rollouts: {
                                    description: string;
                                    segment?: {
                                        /** @enum {string} */
                                        segmentOperator: "OR_SEGMENT_OPERATOR" | "AND_SEGMENT_OPERATOR";
                                        segments: string[];
                                        value: boolean;
                                    };
                                    threshold?: {
                                        percentage: number;
                                        value: boolean;
                                    };
                                    /** @enum {string} */
                                    type: "UNKNOWN_ROLLOUT_TYPE" | "SEGMENT_ROLLOUT_TYPE" | "THRESHOLD_ROLLOUT_TYPE";
                                }[];
                                rules: {
                                    distributions: {
                                        rollout: number;
                                        variant: string;
                                    }[];
                                    /** @enum {string} */
                                    segmentOperator: "OR_SEGMENT_OPERATOR" | "AND_SEGMENT_OPERATOR";
                                    segments: string[];
                                }[];
                                /** @enum {string} */
                                type: "VARIANT_FLAG_TYPE" | "BOOLEAN_FLAG_TYPE";
                                variants: {
                                    attachment?: unknown;
                                    description: string;
                                    key: string;
                                    name: string;
                                }[];
                            } | {
                                "@type": string;
                                constraints: {
                                    description: string;
                                    operator: string;
                                    property: string;
                                    type: string;
                                    value: string;
                                }[];
                                description: string;
                                key: string;
                                /** @enum {string} */
                                matchType: "ALL_MATCH_TYPE" | "ANY_MATCH_TYPE";
                                name: string;
                            };
                        };
                        revision: string;
                    };
                };
            };
        };
    };
    getApiV2EnvironmentsEnvironmentNamespacesNamespaceResourcesType: {
        parameters: {
            query?: {
                /** @description Vexil extension. The state at a revision: a commit's id or how it begins, a tag, a branch, `main~3`, or a time (RFC 3339). */
                at?: string;
            };
            header?: never;
            path: {
                environment: string;
                namespace: string;
                type: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description All of them, in file order. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Vexil extension. How the revision was found; there where the request has `at`. */
                        at?: {
                            daemon?: string;
                            /** @enum {string} */
                            kind: "revision" | "served" | "commit-time";
                            /** Format: date-time */
                            time?: string;
                        };
                        resources: {
                            key: string;
                            namespaceKey: string;
                            payload: {
                                "@type": string;
                                defaultVariant?: string;
                                description: string;
                                enabled: boolean;
                                key: string;
                                metadata?: {
                                    [key: string]: unknown;
                                };
                                name: string;
                                rollouts: {
                                    description: string;
                                    segment?: {
                                        /** @enum {string} */
                                        segmentOperator: "OR_SEGMENT_OPERATOR" | "AND_SEGMENT_OPERATOR";
                                        segments: string[];
                                        value: boolean;
                                    };
                                    threshold?: {
                                        percentage: number;
                                        value: boolean;
                                    };
                                    /** @enum {string} */
                                    type: "UNKNOWN_ROLLOUT_TYPE" | "SEGMENT_ROLLOUT_TYPE" | "THRESHOLD_ROLLOUT_TYPE";
                                }[];
                                rules: {
                                    distributions: {
                                        rollout: number;
                                        variant: string;
                                    }[];
                                    /** @enum {string} */
                                    segmentOperator: "OR_SEGMENT_OPERATOR" | "AND_SEGMENT_OPERATOR";
                                    segments: string[];
                                }[];
                                /** @enum {string} */
                                type: "VARIANT_FLAG_TYPE" | "BOOLEAN_FLAG_TYPE";
                                variants: {
                                    attachment?: unknown;
                                    description: string;
                                    key: string;
                                    name: string;
                                }[];
                            } | {
                                "@type": string;
                                constraints: {
                                    description: string;
                                    operator: string;
                                    property: string;
                                    type: string;
                                    value: string;
                                }[];
                                description: string;
                                key: string;
                                /** @enum {string} */
                                matchType: "ALL_MATCH_TYPE" | "ANY_MATCH_TYPE";
                                name: string;
                            };
                        }[];
                        revision: string;
                    };
                };
            };
        };
    };
    getApiV2EnvironmentsEnvironmentNamespacesNamespaceResourcesTypeKey: {
        parameters: {
            query?: {
                /** @description Vexil extension. The state at a revision: a commit's id or how it begins, a tag, a branch, `main~3`, or a time (RFC 3339). */
                at?: string;
            };
            header?: never;
            path: {
                environment: string;
                key: string;
                namespace: string;
                type: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The resource. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Vexil extension. How the revision was found; there where the request has `at`. */
                        at?: {
                            daemon?: string;
                            /** @enum {string} */
                            kind: "revision" | "served" | "commit-time";
                            /** Format: date-time */
                            time?: string;
                        };
                        resource: {
                            key: string;
                            namespaceKey: string;
                            payload: {
                                "@type": string;
                                defaultVariant?: string;
                                description: string;
                                enabled: boolean;
                                key: string;
                                metadata?: {
                                    [key: string]: unknown;
                                };
                                name: string;
                                rollouts: {
                                    description: string;
                                    segment?: {
                                        /** @enum {string} */
                                        segmentOperator: "OR_SEGMENT_OPERATOR" | "AND_SEGMENT_OPERATOR";
                                        segments: string[];
                                        value: boolean;
                                    };
                                    threshold?: {
                                        percentage: number;
                                        value: boolean;
                                    };
                                    /** @enum {string} */
                                    type: "UNKNOWN_ROLLOUT_TYPE" | "SEGMENT_ROLLOUT_TYPE" | "THRESHOLD_ROLLOUT_TYPE";
                                }[];
                                rules: {
                                    distributions: {
                                        rollout: number;
                                        variant: string;
                                    }[];
                                    /** @enum {string} */
                                    segmentOperator: "OR_SEGMENT_OPERATOR" | "AND_SEGMENT_OPERATOR";
                                    segments: string[];
                                }[];
                                /** @enum {string} */
                                type: "VARIANT_FLAG_TYPE" | "BOOLEAN_FLAG_TYPE";
                                variants: {
                                    attachment?: unknown;
                                    description: string;
                                    key: string;
                                    name: string;
                                }[];
                            } | {
                                "@type": string;
                                constraints: {
                                    description: string;
                                    operator: string;
                                    property: string;
                                    type: string;
                                    value: string;
                                }[];
                                description: string;
                                key: string;
                                /** @enum {string} */
                                matchType: "ALL_MATCH_TYPE" | "ANY_MATCH_TYPE";
                                name: string;
                            };
                        };
                        revision: string;
                    };
                };
            };
        };
    };
    deleteApiV2EnvironmentsEnvironmentNamespacesNamespaceResourcesTypeKey: {
        parameters: {
            query?: {
                /** @description Vexil extension. Check it and show what it would do; nothing is committed. */
                dry_run?: "true" | "false";
                /** @description Vexil extension. The commit's message, instead of the one by the template; trailers are added to it all the same. It may hold no control characters but line breaks and tabs. */
                message?: string;
                /** @description Refuse if the resource's file has changed since this revision. */
                revision?: string;
            };
            header?: never;
            path: {
                environment: string;
                key: string;
                namespace: string;
                type: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Vexil extension. What the write would do: there with `dryRun` alone, and then nothing is committed. */
                        preview?: {
                            /** @description Absent: there is nothing to change. The message has the trailers of this request. */
                            commit?: {
                                authorEmail: string;
                                authorName: string;
                                message: string;
                            };
                            files: {
                                after?: string;
                                before?: string;
                                /** @enum {string} */
                                change: "add" | "modify" | "delete";
                                /** @description As `git diff` writes it; `git apply` takes it. */
                                diff?: string;
                                /**
                                 * @description Why something of before, after and diff is left out: too long, not to be seen, no UTF-8.
                                 * @enum {string}
                                 */
                                omitted?: "size" | "rights" | "encoding";
                                path: string;
                            }[];
                            /** @description How many files are not listed. */
                            moreFiles: number;
                            /** @description The head that it was made on. */
                            revision: string;
                        };
                        revision: string;
                    };
                };
            };
        };
    };
    getApiV2EnvironmentsEnvironmentNamespacesNamespaceResourcesTypeKeyHistory: {
        parameters: {
            query?: {
                /** @description Commits on one page: 20, at most 200. */
                limit?: string;
                /** @description `nextPageToken` of the page before. */
                pageToken?: string;
            };
            header?: never;
            path: {
                environment: string;
                key: string;
                namespace: string;
                type: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of commits. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        commits: {
                            actor?: string;
                            authorEmail: string;
                            authorName: string;
                            changes: {
                                after?: {
                                    [key: string]: unknown;
                                };
                                before?: {
                                    [key: string]: unknown;
                                };
                                key: string;
                                namespaceKey: string;
                                typeUrl: string;
                            }[];
                            /** @description Vexil extension. Path and query of the comparison with the commit before; absent for the first of all. */
                            compare?: string;
                            message: string;
                            revision: string;
                            /** Format: date-time */
                            timestamp: string;
                        }[];
                        nextPageToken: string;
                    };
                };
            };
        };
    };
    postApiV2EnvironmentsEnvironmentNamespacesNamespaceResourcesTypeKeyRollback: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                environment: string;
                key: string;
                namespace: string;
                type: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    dryRun?: boolean | null;
                    message?: string | null;
                    revision?: string | null;
                    to: string;
                };
            };
        };
        responses: {
            /** @description The head, a new commit if anything changed. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Vexil extension. What the write would do: there with `dryRun` alone, and then nothing is committed. */
                        preview?: {
                            /** @description Absent: there is nothing to change. The message has the trailers of this request. */
                            commit?: {
                                authorEmail: string;
                                authorName: string;
                                message: string;
                            };
                            files: {
                                after?: string;
                                before?: string;
                                /** @enum {string} */
                                change: "add" | "modify" | "delete";
                                /** @description As `git diff` writes it; `git apply` takes it. */
                                diff?: string;
                                /**
                                 * @description Why something of before, after and diff is left out: too long, not to be seen, no UTF-8.
                                 * @enum {string}
                                 */
                                omitted?: "size" | "rights" | "encoding";
                                path: string;
                            }[];
                            /** @description How many files are not listed. */
                            moreFiles: number;
                            /** @description The head that it was made on. */
                            revision: string;
                        };
                        revision: string;
                    };
                };
            };
        };
    };
    getApiV2EnvironmentsEnvironmentNamespacesNamespaceRights: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                environment: string;
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description True: it may. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Of the environment. */
                        branch: {
                            create: boolean;
                            delete: boolean;
                        };
                        write: {
                            create: boolean;
                            delete: boolean;
                            update: boolean;
                        };
                    };
                };
            };
        };
    };
    postApiV2EnvironmentsEnvironmentNamespacesNamespaceRollback: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                environment: string;
                namespace: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    dryRun?: boolean | null;
                    message?: string | null;
                    revision?: string | null;
                    to: string;
                };
            };
        };
        responses: {
            /** @description The head, a new commit if anything changed. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Vexil extension. What the write would do: there with `dryRun` alone, and then nothing is committed. */
                        preview?: {
                            /** @description Absent: there is nothing to change. The message has the trailers of this request. */
                            commit?: {
                                authorEmail: string;
                                authorName: string;
                                message: string;
                            };
                            files: {
                                after?: string;
                                before?: string;
                                /** @enum {string} */
                                change: "add" | "modify" | "delete";
                                /** @description As `git diff` writes it; `git apply` takes it. */
                                diff?: string;
                                /**
                                 * @description Why something of before, after and diff is left out: too long, not to be seen, no UTF-8.
                                 * @enum {string}
                                 */
                                omitted?: "size" | "rights" | "encoding";
                                path: string;
                            }[];
                            /** @description How many files are not listed. */
                            moreFiles: number;
                            /** @description The head that it was made on. */
                            revision: string;
                        };
                        revision: string;
                    };
                };
            };
        };
    };
    getApiV2EnvironmentsEnvironmentNamespacesNamespaceUsage: {
        parameters: {
            query?: {
                /** @description Days to count, and after which a flag is stale: 30, at most 999. */
                days?: string;
            };
            header?: never;
            path: {
                environment: string;
                namespace: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Each flag, sorted by key. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        days: number;
                        environment: string;
                        flags: {
                            answers: {
                                count: number;
                                match: boolean;
                                reason: string;
                                /** @description A variant's key, empty where none was given; `true` or `false`. */
                                value: string;
                            }[];
                            /**
                             * Format: date-time
                             * @description Since when its evaluations are counted.
                             */
                            countedSince?: string;
                            enabled: boolean;
                            evaluations: number;
                            key: string;
                            /** Format: date-time */
                            lastEvaluated?: string;
                            /** @description Why somebody should look at it. */
                            stale: ("unevaluated" | "one-answer" | "fixed" | "expired" | "bad-expiry" | "unowned")[];
                            /** @enum {string} */
                            type: "VARIANT_FLAG_TYPE" | "BOOLEAN_FLAG_TYPE";
                        }[];
                        /**
                         * @description More different answers were given than are counted (100,000 of all flags): some are missing.
                         * @constant
                         */
                        incomplete?: true;
                        namespace: string;
                        retentionSeconds: number;
                    };
                };
            };
        };
    };
    postApiV2EnvironmentsEnvironmentRollback: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                environment: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    dryRun?: boolean | null;
                    message?: string | null;
                    revision?: string | null;
                    to: string;
                };
            };
        };
        responses: {
            /** @description The head, a new commit if anything changed. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Vexil extension. What the write would do: there with `dryRun` alone, and then nothing is committed. */
                        preview?: {
                            /** @description Absent: there is nothing to change. The message has the trailers of this request. */
                            commit?: {
                                authorEmail: string;
                                authorName: string;
                                message: string;
                            };
                            files: {
                                after?: string;
                                before?: string;
                                /** @enum {string} */
                                change: "add" | "modify" | "delete";
                                /** @description As `git diff` writes it; `git apply` takes it. */
                                diff?: string;
                                /**
                                 * @description Why something of before, after and diff is left out: too long, not to be seen, no UTF-8.
                                 * @enum {string}
                                 */
                                omitted?: "size" | "rights" | "encoding";
                                path: string;
                            }[];
                            /** @description How many files are not listed. */
                            moreFiles: number;
                            /** @description The head that it was made on. */
                            revision: string;
                        };
                        revision: string;
                    };
                };
            };
        };
    };
    getAuthV1Method: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Every method, whether enabled or not; `METHOD_CERTIFICATE` if enabled. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        methods: {
                            enabled: boolean;
                            metadata?: {
                                [key: string]: unknown;
                            };
                            /** @enum {string} */
                            method: "METHOD_TOKEN" | "METHOD_GITHUB" | "METHOD_OIDC" | "METHOD_KUBERNETES" | "METHOD_JWT" | "METHOD_CERTIFICATE";
                            sessionCompatible: boolean;
                        }[];
                    };
                };
            };
        };
    };
    getAuthV1Self: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Name and metadata of the caller. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** Format: date-time */
                        createdAt?: string;
                        /** Format: date-time */
                        expiresAt?: string;
                        id: string;
                        metadata: {
                            [key: string]: string;
                        };
                        method: string;
                        /** Format: date-time */
                        updatedAt?: string;
                    };
                };
            };
        };
    };
    deleteAuthV1SelfRevoke: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It has ended, and its cookies are taken away. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        nextUri?: string;
                    };
                };
            };
        };
    };
    postEvaluateV1Batch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    at?: (string) | null;
                    reference?: string | null;
                    requestId?: string | null;
                    requests?: (({
                        context?: {
                            [key: string]: string | null;
                        } | null;
                        entityId?: string | null;
                        environmentKey?: string | null;
                        flagKey?: string | null;
                        namespaceKey?: string | null;
                        reference?: string | null;
                        requestId?: string | null;
                    } | null)[] | {
                        0?: {
                            context?: {
                                [key: string]: string | null;
                            } | null;
                            entityId?: string | null;
                            environmentKey?: string | null;
                            flagKey?: string | null;
                            namespaceKey?: string | null;
                            reference?: string | null;
                            requestId?: string | null;
                        } | null;
                    }) | null;
                } | null;
            };
        };
        responses: {
            /** @description The results in the order of the requests. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        /** @description Vexil extension. How the revision was found; there where the request has `at`. */
                        at?: {
                            daemon?: string;
                            /** @enum {string} */
                            kind: "revision" | "served" | "commit-time";
                            /** Format: date-time */
                            time?: string;
                        };
                        requestDurationMillis: number;
                        requestId: string;
                        responses: ({
                            booleanResponse: {
                                enabled: boolean;
                                flagKey: string;
                                /** @enum {string} */
                                reason: "UNKNOWN_EVALUATION_REASON" | "FLAG_DISABLED_EVALUATION_REASON" | "MATCH_EVALUATION_REASON" | "DEFAULT_EVALUATION_REASON";
                                requestDurationMillis: number;
                                requestId: string;
                                segmentKeys: string[];
                                /** Format: date-time */
                                timestamp: string;
                            };
                            /** @constant */
                            type: "BOOLEAN_EVALUATION_RESPONSE_TYPE";
                        } | {
                            /** @constant */
                            type: "VARIANT_EVALUATION_RESPONSE_TYPE";
                            variantResponse: {
                                flagKey: string;
                                match: boolean;
                                /** @enum {string} */
                                reason: "UNKNOWN_EVALUATION_REASON" | "FLAG_DISABLED_EVALUATION_REASON" | "MATCH_EVALUATION_REASON" | "DEFAULT_EVALUATION_REASON";
                                requestDurationMillis: number;
                                requestId: string;
                                segmentKeys: string[];
                                /** Format: date-time */
                                timestamp: string;
                                variantAttachment: string;
                                variantKey: string;
                            };
                        } | {
                            errorResponse: {
                                flagKey: string;
                                namespaceKey: string;
                                /** @enum {string} */
                                reason: "NOT_FOUND_ERROR_EVALUATION_REASON" | "UNKNOWN_ERROR_EVALUATION_REASON";
                            };
                            /** @constant */
                            type: "ERROR_EVALUATION_RESPONSE_TYPE";
                        })[];
                        revision?: string;
                    };
                };
            };
        };
    };
    postEvaluateV1Explain: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    at?: (string) | null;
                    context?: {
                        [key: string]: string | null;
                    } | null;
                    entityId?: string | null;
                    environmentKey?: string | null;
                    flagKey?: string | null;
                    namespaceKey?: string | null;
                    reference?: string | null;
                    requestId?: string | null;
                    requests?: (({
                        context?: {
                            [key: string]: string | null;
                        } | null;
                        entityId?: string | null;
                        environmentKey?: string | null;
                        flagKey?: string | null;
                        namespaceKey?: string | null;
                        reference?: string | null;
                        requestId?: string | null;
                    } | null)[] | {
                        0?: {
                            context?: {
                                [key: string]: string | null;
                            } | null;
                            entityId?: string | null;
                            environmentKey?: string | null;
                            flagKey?: string | null;
                            namespaceKey?: string | null;
                            reference?: string | null;
                            requestId?: string | null;
                        } | null;
                    }) | null;
                } | null;
            };
        };
        responses: {
            /** @description The explanation, or those of a batch. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        at: {
                            daemon?: string;
                            /** @enum {string} */
                            kind: "revision" | "served" | "commit-time";
                            /** Format: date-time */
                            time?: string;
                        };
                        closest?: {
                            change: {
                                [key: string]: string;
                            };
                            gives: string;
                        };
                        evaluation: {
                            enabled: boolean;
                            flagKey: string;
                            /** @enum {string} */
                            reason: "UNKNOWN_EVALUATION_REASON" | "FLAG_DISABLED_EVALUATION_REASON" | "MATCH_EVALUATION_REASON" | "DEFAULT_EVALUATION_REASON";
                            requestDurationMillis: number;
                            requestId: string;
                            segmentKeys: string[];
                            /** Format: date-time */
                            timestamp: string;
                        } | {
                            flagKey: string;
                            match: boolean;
                            /** @enum {string} */
                            reason: "UNKNOWN_EVALUATION_REASON" | "FLAG_DISABLED_EVALUATION_REASON" | "MATCH_EVALUATION_REASON" | "DEFAULT_EVALUATION_REASON";
                            requestDurationMillis: number;
                            requestId: string;
                            segmentKeys: string[];
                            /** Format: date-time */
                            timestamp: string;
                            variantAttachment: string;
                            variantKey: string;
                        };
                        revision: string;
                        steps: {
                            bucket?: number;
                            enabled?: boolean;
                            ignored?: string[];
                            intervals?: {
                                from: number;
                                /** @constant */
                                hit?: true;
                                to: number;
                                value: string;
                            }[];
                            /** @enum {string} */
                            kind: "flag" | "rule" | "rollout" | "default";
                            /** @enum {string} */
                            outcome: "match" | "no-match" | "skipped";
                            rank?: number;
                            reason?: string;
                            /** @enum {string} */
                            segmentOperator?: "OR_SEGMENT_OPERATOR" | "AND_SEGMENT_OPERATOR";
                            segments?: {
                                constraints: {
                                    expected: string;
                                    match: boolean;
                                    operator: string;
                                    property: string;
                                    reason?: string;
                                    seen: string | null;
                                    /** @enum {string} */
                                    type: "STRING_COMPARISON_TYPE" | "NUMBER_COMPARISON_TYPE" | "BOOLEAN_COMPARISON_TYPE" | "DATETIME_COMPARISON_TYPE" | "ENTITY_ID_COMPARISON_TYPE";
                                }[];
                                key: string;
                                match: boolean;
                                /** @enum {string} */
                                matchType: "ALL_MATCH_TYPE" | "ANY_MATCH_TYPE";
                                source?: {
                                    author?: string;
                                    column?: number;
                                    commit?: string;
                                    email?: string;
                                    file: string;
                                    line?: number;
                                    /** Format: date-time */
                                    time?: string;
                                };
                            }[];
                            source: {
                                author?: string;
                                column?: number;
                                commit?: string;
                                email?: string;
                                file: string;
                                line?: number;
                                /** Format: date-time */
                                time?: string;
                            };
                            value?: string;
                        }[];
                    } | {
                        requestDurationMillis: number;
                        requestId: string;
                        responses: ({
                            at: {
                                daemon?: string;
                                /** @enum {string} */
                                kind: "revision" | "served" | "commit-time";
                                /** Format: date-time */
                                time?: string;
                            };
                            closest?: {
                                change: {
                                    [key: string]: string;
                                };
                                gives: string;
                            };
                            evaluation: {
                                enabled: boolean;
                                flagKey: string;
                                /** @enum {string} */
                                reason: "UNKNOWN_EVALUATION_REASON" | "FLAG_DISABLED_EVALUATION_REASON" | "MATCH_EVALUATION_REASON" | "DEFAULT_EVALUATION_REASON";
                                requestDurationMillis: number;
                                requestId: string;
                                segmentKeys: string[];
                                /** Format: date-time */
                                timestamp: string;
                            } | {
                                flagKey: string;
                                match: boolean;
                                /** @enum {string} */
                                reason: "UNKNOWN_EVALUATION_REASON" | "FLAG_DISABLED_EVALUATION_REASON" | "MATCH_EVALUATION_REASON" | "DEFAULT_EVALUATION_REASON";
                                requestDurationMillis: number;
                                requestId: string;
                                segmentKeys: string[];
                                /** Format: date-time */
                                timestamp: string;
                                variantAttachment: string;
                                variantKey: string;
                            };
                            revision: string;
                            steps: {
                                bucket?: number;
                                enabled?: boolean;
                                ignored?: string[];
                                intervals?: {
                                    from: number;
                                    /** @constant */
                                    hit?: true;
                                    to: number;
                                    value: string;
                                }[];
                                /** @enum {string} */
                                kind: "flag" | "rule" | "rollout" | "default";
                                /** @enum {string} */
                                outcome: "match" | "no-match" | "skipped";
                                rank?: number;
                                reason?: string;
                                /** @enum {string} */
                                segmentOperator?: "OR_SEGMENT_OPERATOR" | "AND_SEGMENT_OPERATOR";
                                segments?: {
                                    constraints: {
                                        expected: string;
                                        match: boolean;
                                        operator: string;
                                        property: string;
                                        reason?: string;
                                        seen: string | null;
                                        /** @enum {string} */
                                        type: "STRING_COMPARISON_TYPE" | "NUMBER_COMPARISON_TYPE" | "BOOLEAN_COMPARISON_TYPE" | "DATETIME_COMPARISON_TYPE" | "ENTITY_ID_COMPARISON_TYPE";
                                    }[];
                                    key: string;
                                    match: boolean;
                                    /** @enum {string} */
                                    matchType: "ALL_MATCH_TYPE" | "ANY_MATCH_TYPE";
                                    source?: {
                                        author?: string;
                                        column?: number;
                                        commit?: string;
                                        email?: string;
                                        file: string;
                                        line?: number;
                                        /** Format: date-time */
                                        time?: string;
                                    };
                                }[];
                                source: {
                                    author?: string;
                                    column?: number;
                                    commit?: string;
                                    email?: string;
                                    file: string;
                                    line?: number;
                                    /** Format: date-time */
                                    time?: string;
                                };
                                value?: string;
                            }[];
                        } | {
                            errorResponse: {
                                flagKey: string;
                                namespaceKey: string;
                                /** @enum {string} */
                                reason: "NOT_FOUND_ERROR_EVALUATION_REASON" | "UNKNOWN_ERROR_EVALUATION_REASON";
                            };
                            /** @constant */
                            type: "ERROR_EVALUATION_RESPONSE_TYPE";
                        })[];
                    };
                };
            };
        };
    };
    getMetaInfo: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What runs here. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": {
                        analytics: {
                            /** @constant */
                            enabled?: true;
                        };
                        authentication: {
                            required: boolean;
                        };
                        build: {
                            isRelease: boolean;
                            updateAvailable: boolean;
                            version: string;
                        };
                        /** @constant */
                        product: "oss";
                        ui: {
                            /** @enum {string} */
                            theme: "system" | "light" | "dark";
                            topbarColor?: string;
                            /** @description Vexil extension. */
                            topbarLabel?: string;
                        };
                    };
                };
            };
        };
    };
}
