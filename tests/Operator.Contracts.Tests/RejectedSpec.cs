namespace Operator.Contracts.Tests;

/// <summary>A spec that the server refuses, and its neighbour that it accepts.</summary>
/// <param name="Kinds">Kinds that it is tried with.</param>
/// <param name="Field">The field that the server names.</param>
/// <param name="Bad">The refused spec, in YAML.</param>
/// <param name="Good">The accepted spec, in YAML.</param>
/// <param name="Message">What the server says at its end.</param>
internal sealed record RejectedSpec(string[] Kinds, string Field, string Bad, string Good, string Message)
{
    private static readonly string[] Client = [M2MOAuthClient.KubeKind];
    private static readonly string[] Account = [CartoAccount.KubeKind, ClusterCartoAccount.KubeKind];
    private static readonly string[] ClusterAccount = [ClusterCartoAccount.KubeKind];

    private const string Name =
        "write the name of an object: lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit";
    private const string ClientId = "write the Client ID as CARTO shows it: letters, digits and signs without spaces";
    private const string NoAngles = "leave out '<' and '>': CARTO's names have none";
    private const string AdoptedName =
        "write a client's name as CARTO shows it, on one line and without '<' and '>'; * stands for any run of characters";
    private const string NamespaceName =
        "write the name of a namespace: lower-case letters, digits and '-', beginning and ending with a letter or digit";
    private const string Key = "write a key of letters, digits, '-', '_' and '.', not beginning with '..'";
    private const string Url =
        "write an https:// URL of host, port and path, without user name, query, fragment or '/' at its end "
        + "(http:// is for localhost only)";
    private const string Reserved = "leave out app.kubernetes.io/managed-by and credentials.carto.com/*: the operator sets these itself";
    private const string OneCredential = "write exactly one of clientCredentials, accessToken and refreshToken";
    private const string Schedule =
        "write five fields, minute hour day-of-month month day-of-week, such as '0 3 * * 0' for Sundays at 03:00";
    private const string TimeZone = "write the IANA name of a time zone, such as Europe/Madrid or UTC";
    private const string OneOfRotation = "write exactly one of every (such as 90d) and schedule (such as '0 3 * * 0')";
    private const string OneLine = "write a name on one line, without control characters and without white space at its ends";
    private const string SelectorValues = "write values with In and NotIn, and none with Exists and DoesNotExist";
    private const string StandardKey = "has the name of a standard key: choose another name for it, or rename the standard key in keys";
    private const string AnyWorkload = "selects every workload of the namespace: write matchLabels or matchExpressions";
    private const string OneBundle = "write exactly one of configMapRef and secretRef";

    public static readonly IReadOnlyList<RejectedSpec> All =
    [
        // The client itself.
        new(Client, "spec.displayName", @"displayName: ""a\tb""", "displayName: a b", OneLine),
        new(Client, "spec.displayName", @"displayName: ""a\u2028b""", "displayName: Añoñ ☂", OneLine),
        new(Client, "spec.displayName", "displayName: ' a'", "displayName: a", OneLine),
        new(Client, "spec.displayName", "displayName: 'a '", "displayName: '[a] (b)'", OneLine),
        new(Client, "spec.displayName", "displayName: 'a<b'", "displayName: 'a(b'", NoAngles),
        new(Client, "spec.displayName", "displayName: 'a->b'", "displayName: a-b", NoAngles),
        new(
            Client,
            "spec.displayName",
            "displayName: 'ETL [k8s:abc'",
            "displayName: 'ETL [k8s]'",
            "leave out '[k8s:': the operator writes this mark itself"
        ),
        new(Client, "spec.displayName", $"displayName: {Of('a', 101)}", $"displayName: {Of('☂', 100)}", "may not be more than 100 bytes"),
        new(Client, "spec.displayName", "displayName: ''", "displayName: a", "should be at least 1 chars long"),
        new(Client, "spec.clientId", "clientId: 'a b'", "clientId: aB3_-x", ClientId),
        new(
            Client,
            "spec.clientSecretRef",
            "clientSecretRef: {name: by-hand}",
            "{clientId: aB3, clientSecretRef: {name: by-hand}}",
            "goes with clientId only: remove it, or write the ID of the client to adopt in clientId"
        ),
        new(
            Client,
            "spec.clientSecretRef.name",
            "{clientId: aB3, clientSecretRef: {name: A}}",
            "{clientId: aB3, clientSecretRef: {name: a}}",
            Name
        ),
        new(
            Client,
            "spec.clientSecretRef.key",
            "{clientId: aB3, clientSecretRef: {name: a, key: 'a b'}}",
            "{clientId: aB3, clientSecretRef: {name: a, key: a.b}}",
            Key
        ),
        new(
            Client,
            "spec.accountRef.kind",
            "accountRef: {kind: Account}",
            "accountRef: {kind: CartoAccount}",
            "supported values: \"ClusterCartoAccount\", \"CartoAccount\""
        ),
        new(Client, "spec.accountRef.name", "accountRef: {name: Main}", "accountRef: {name: main.eu-1}", Name),
        new(Client, "spec.accountRef.name", "accountRef: {name: main-}", "accountRef: {name: main}", Name),
        new(Client, "spec.deletionPolicy", "deletionPolicy: Orphan", "deletionPolicy: Retain", "supported values: \"Delete\", \"Retain\""),
        new(Client, "spec.verify", "verify: 'no'", "verify: false", "must be of type boolean: \"string\""),
        // Its Secret.
        new(Client, "spec.secret.name", "secret: {name: a_b}", "secret: {name: a-b}", Name),
        new(
            Client,
            "spec.secret.name",
            $"secret: {{name: {Of('a', 254)}}}",
            $"secret: {{name: {Of('a', 253)}}}",
            "may not be more than 253 bytes"
        ),
        new(
            Client,
            "spec.secret.type",
            "secret: {type: kubernetes.io/service-account-token}",
            "secret: {type: example.com/carto}",
            "is a type that Kubernetes itself acts on: write Opaque or a type of your own, such as example.com/carto"
        ),
        new(
            Client,
            "spec.secret.type",
            "secret: {type: kubernetes.io/basic-auth}",
            "secret: {type: kubernetes.io/basic-auth, keys: {clientSecret: password}}",
            "is kubernetes.io/basic-auth, and such a Secret has the keys username and password: name them in keys or template, or write "
                + "Opaque"
        ),
        new(
            Client,
            "spec.secret.type",
            "secret: {type: kubernetes.io/tls, template: {tls.crt: x}}",
            "secret: {type: kubernetes.io/tls, template: {tls.crt: x}, keys: {clientSecret: tls.key}}",
            "is kubernetes.io/tls, and such a Secret has the keys tls.crt and tls.key: name them in keys or template, or write Opaque"
        ),
        new(
            Client,
            "spec.secret.type",
            "secret: {type: kubernetes.io/ssh-auth}",
            "secret: {type: kubernetes.io/ssh-auth, keys: {clientSecret: ssh-privatekey}}",
            "is kubernetes.io/ssh-auth, and such a Secret has the key ssh-privatekey: name it in keys or template, or write Opaque"
        ),
        new(
            Client,
            "spec.secret.type",
            "secret: {type: kubernetes.io/dockerconfigjson}",
            "secret: {type: kubernetes.io/dockerconfigjson, credentialsFile: .dockerconfigjson}",
            "is kubernetes.io/dockerconfigjson, and such a Secret has the key .dockerconfigjson: name it in template, or write Opaque"
        ),
        new(
            Client,
            "spec.secret.type",
            "secret: {type: kubernetes.io/dockercfg}",
            "secret: {type: kubernetes.io/dockercfg, template: {.dockercfg: '{}'}}",
            "is kubernetes.io/dockercfg, and such a Secret has the key .dockercfg: name it in template, or write Opaque"
        ),
        new(
            Client,
            "spec.secret.labels",
            "secret: {labels: {'a b': c}}",
            "secret: {labels: {example.com/a.b: c}}",
            "write each key as name or prefix/name: letters, digits, '-', '_' and '.', as labels have it"
        ),
        new(
            Client,
            "spec.secret.labels",
            "secret: {labels: {a: 'b c'}}",
            "secret: {labels: {a: ''}}",
            "write each value with letters, digits, '-', '_' and '.', beginning and ending with a letter or digit"
        ),
        new(
            Client,
            "spec.secret.labels",
            "secret: {labels: {app.kubernetes.io/managed-by: me}}",
            "secret: {labels: {app.kubernetes.io/part-of: me}}",
            Reserved
        ),
        new(Client, "spec.secret.labels", "secret: {labels: {credentials.carto.com/x: y}}", "secret: {labels: {carto.com/x: y}}", Reserved),
        new(
            Client,
            "spec.secret.annotations",
            "secret: {annotations: {/a: b}}",
            "secret: {annotations: {a: b c}}",
            "write each key as name or prefix/name: letters, digits, '-', '_' and '.', as annotations have it"
        ),
        new(
            Client,
            "spec.secret.annotations",
            "secret: {annotations: {credentials.carto.com/serial: '1'}}",
            "secret: {annotations: {example.com/serial: '1'}}",
            Reserved
        ),
        new(Client, "spec.secret.keys.clientId", "secret: {keys: {clientId: a/b}}", "secret: {keys: {clientId: a.b_c-D}}", Key),
        new(Client, "spec.secret.keys.clientSecret", "secret: {keys: {clientSecret: a b}}", "secret: {keys: {clientSecret: a}}", Key),
        new(Client, "spec.secret.keys.apiBaseUrl", "secret: {keys: {apiBaseUrl: ..}}", "secret: {keys: {apiBaseUrl: .a}}", Key),
        new(Client, "spec.secret.keys.tokenUrl", "secret: {keys: {tokenUrl: ..a}}", "secret: {keys: {tokenUrl: a..}}", Key),
        new(Client, "spec.secret.keys.audience", "secret: {keys: {audience: .}}", "secret: {keys: {audience: _}}", Key),
        new(
            Client,
            "spec.secret.keys",
            "secret: {keys: {clientId: a, clientSecret: a}}",
            "secret: {keys: {clientId: a, clientSecret: b}}",
            "two keys have the same name: write five different ones"
        ),
        new(
            Client,
            "spec.secret.keys",
            "secret: {keys: {tokenUrl: CARTO_AUDIENCE}}",
            "secret: {keys: {tokenUrl: CARTO_AUDIENCE, audience: CARTO_TOKEN_URL}}",
            "two keys have the same name: write five different ones"
        ),
        new(Client, "spec.secret.credentialsFile", "secret: {credentialsFile: a/b.json}", "secret: {credentialsFile: b.json}", Key),
        new(
            Client,
            "spec.secret.credentialsFile",
            "secret: {credentialsFile: CARTO_CLIENT_ID}",
            "secret: {credentialsFile: CARTO_CLIENT_ID, keys: {clientId: ID}}",
            "is the name of a standard key already: write another one, such as carto_credentials.json"
        ),
        new(
            Client,
            "spec.secret.template",
            "secret: {template: {a/b: x}}",
            "secret: {template: {a.b: ''}}",
            "write each key with letters, digits, '-', '_' and '.', not beginning with '..'"
        ),
        new(
            Client,
            "spec.secret.template",
            "secret: {template: {CARTO_CLIENT_ID: x}}",
            "secret: {keys: {clientId: ID}, template: {CARTO_CLIENT_ID: x}}",
            StandardKey
        ),
        new(
            Client,
            "spec.secret.template",
            "secret: {keys: {clientId: ID}, template: {ID: x}}",
            "secret: {template: {ID: x}}",
            StandardKey
        ),
        new(
            Client,
            "spec.secret.template",
            "secret: {credentialsFile: a, template: {a: x}}",
            "secret: {credentialsFile: a, template: {b: x}}",
            "has a key of the same name as credentialsFile: choose another name for one of them"
        ),
        // Rotation.
        new(Client, "spec.rotation", "rotation: {every: 90d, schedule: 0 3 * * 0}", "rotation: {every: 90d}", OneOfRotation),
        new(Client, "spec.rotation", "rotation: {overlap: 1d}", "rotation: {schedule: 0 3 * * 0, overlap: 1d}", OneOfRotation),
        new(
            Client,
            "spec.rotation.timeZone",
            "rotation: {every: 90d, timeZone: UTC}",
            "rotation: {schedule: 0 3 * * 0, timeZone: UTC}",
            "goes with schedule only: remove it, or write schedule instead of every"
        ),
        new(
            Client,
            "spec.rotation.timeZone",
            "rotation: {schedule: 0 3 * * 0, timeZone: Local}",
            "rotation: {schedule: 0 3 * * 0, timeZone: America/Argentina/Buenos_Aires}",
            TimeZone
        ),
        new(
            Client,
            "spec.rotation.timeZone",
            "rotation: {schedule: 0 3 * * 0, timeZone: localtime}",
            "rotation: {schedule: 0 3 * * 0, timeZone: GMT0}",
            TimeZone
        ),
        new(
            Client,
            "spec.rotation.timeZone",
            "rotation: {schedule: 0 3 * * 0, timeZone: posixrules}",
            "rotation: {schedule: 0 3 * * 0, timeZone: EST5EDT}",
            TimeZone
        ),
        new(
            Client,
            "spec.rotation.timeZone",
            "rotation: {schedule: 0 3 * * 0, timeZone: Factory}",
            "rotation: {schedule: 0 3 * * 0, timeZone: Pacific/Auckland}",
            TimeZone
        ),
        new(
            Client,
            "spec.rotation.timeZone",
            "rotation: {schedule: 0 3 * * 0, timeZone: right/UTC}",
            "rotation: {schedule: 0 3 * * 0, timeZone: Etc/UTC}",
            TimeZone
        ),
        new(
            Client,
            "spec.rotation.timeZone",
            "rotation: {schedule: 0 3 * * 0, timeZone: posix/UTC}",
            "rotation: {schedule: 0 3 * * 0, timeZone: W-SU}",
            TimeZone
        ),
        new(
            Client,
            "spec.rotation.timeZone",
            "rotation: {schedule: 0 3 * * 0, timeZone: 'EST5EDT,M3.2.0,M11.1.0'}",
            "rotation: {schedule: 0 3 * * 0, timeZone: America/New_York}",
            TimeZone
        ),
        new(
            Client,
            "spec.rotation.timeZone",
            "rotation: {schedule: 0 3 * * 0, timeZone: Romance Standard Time}",
            "rotation: {schedule: 0 3 * * 0, timeZone: America/Port-au-Prince}",
            TimeZone
        ),
        new(
            Client,
            "spec.rotation.timeZone",
            "rotation: {schedule: 0 3 * * 0, timeZone: ../UTC}",
            "rotation: {schedule: 0 3 * * 0, timeZone: Etc/GMT+5}",
            TimeZone
        ),
        new(Client, "spec.rotation.every", "rotation: {every: 90 days}", "rotation: {every: 90d}", Duration("1h")),
        new(Client, "spec.rotation.every", "rotation: {every: 59m, overlap: 1m}", "rotation: {every: 60m, overlap: 1m}", Duration("1h")),
        new(
            Client,
            "spec.rotation.every",
            "rotation: {every: 30m2h, overlap: 1h}",
            "rotation: {every: 2h30m, overlap: 1h}",
            Duration("1h")
        ),
        new(Client, "spec.rotation.every", "rotation: {every: -90d}", "rotation: {every: 12w6d23h59m59s}", Duration("1h")),
        new(
            Client,
            "spec.rotation.overlap",
            "rotation: {every: 90d, overlap: 59s}",
            "rotation: {every: 90d, overlap: 60s}",
            Duration("1m")
        ),
        new(
            Client,
            "spec.rotation.overlap",
            "rotation: {every: 1w, overlap: 7d}",
            "rotation: {every: 1w, overlap: 6d}",
            "must be shorter than every, or replaced clients pile up (without it, it is 24h): write a shorter overlap or a longer every"
        ),
        new(
            Client,
            "spec.rotation.overlap",
            "rotation: {every: 24h}",
            "rotation: {every: 24h1s}",
            "must be shorter than every, or replaced clients pile up (without it, it is 24h): write a shorter overlap or a longer every"
        ),
        new(Client, "spec.rotation.schedule", "rotation: {schedule: 0 3 * *}", "rotation: {schedule: 0 3 * * *}", Schedule),
        new(
            Client,
            "spec.rotation.schedule",
            "rotation: {schedule: 0 0 3 * * 0}",
            "rotation: {schedule: '*/15 0-23/2 1,15 JAN-jun MON-FRI'}",
            Schedule
        ),
        new(Client, "spec.rotation.schedule", "rotation: {schedule: 60 3 * * 0}", "rotation: {schedule: 59 23 31 12 7}", Schedule),
        new(Client, "spec.rotation.schedule", "rotation: {schedule: 0 24 * * 0}", "rotation: {schedule: 00 00 01 01 0}", Schedule),
        new(Client, "spec.rotation.schedule", "rotation: {schedule: 0 3 0 * *}", "rotation: {schedule: 0 3 1 * *}", Schedule),
        new(Client, "spec.rotation.schedule", "rotation: {schedule: 0 3 1 13 *}", "rotation: {schedule: 0 3 1 DEC *}", Schedule),
        new(Client, "spec.rotation.schedule", "rotation: {schedule: '0,, 3 * * 0'}", "rotation: {schedule: '0,30 3 * * 0'}", Schedule),
        new(Client, "spec.rotation.schedule", "rotation: {schedule: '@daily'}", "rotation: {schedule: 0 0 * * *}", Schedule),
        // Restarts.
        new(
            Client,
            "spec.rolloutRestart[0]",
            "rolloutRestart: [{kind: Deployment}]",
            "rolloutRestart: [{kind: Deployment, name: a}]",
            "write exactly one of name and selector"
        ),
        new(
            Client,
            "spec.rolloutRestart[0]",
            "rolloutRestart: [{kind: DaemonSet, name: a, selector: {matchLabels: {a: b}}}]",
            "rolloutRestart: [{kind: DaemonSet, selector: {matchLabels: {a: b}}}]",
            "write exactly one of name and selector"
        ),
        new(
            Client,
            "spec.rolloutRestart[0].selector",
            "rolloutRestart: [{kind: Deployment, selector: {}}]",
            "rolloutRestart: [{kind: Deployment, selector: {matchExpressions: [{key: a, operator: Exists}]}}]",
            AnyWorkload
        ),
        new(
            Client,
            "spec.rolloutRestart[0].selector",
            "rolloutRestart: [{kind: Deployment, selector: {matchLabels: {}}}]",
            "rolloutRestart: [{kind: Deployment, selector: {matchLabels: {a: ''}}}]",
            AnyWorkload
        ),
        new(
            Client,
            "spec.rolloutRestart[0].selector.matchExpressions[0].values",
            "rolloutRestart: [{kind: Deployment, selector: {matchExpressions: [{key: a, operator: In}]}}]",
            "rolloutRestart: [{kind: Deployment, selector: {matchExpressions: [{key: a, operator: In, values: [b]}]}}]",
            SelectorValues
        ),
        new(
            Client,
            "spec.rolloutRestart[0].selector.matchExpressions[0].values",
            "rolloutRestart: [{kind: Deployment, selector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}]",
            "rolloutRestart: [{kind: Deployment, selector: {matchExpressions: [{key: a, operator: Exists, values: []}]}}]",
            SelectorValues
        ),
        new(
            Client,
            "spec.rolloutRestart[0].name",
            "rolloutRestart: [{kind: StatefulSet, name: A}]",
            "rolloutRestart: [{kind: StatefulSet, name: a}]",
            Name
        ),
        new(
            Client,
            "spec.rolloutRestart[0].kind",
            "rolloutRestart: [{name: a}]",
            "rolloutRestart: [{kind: Deployment, name: a}]",
            "Required value"
        ),
        new(
            Client,
            "spec.rolloutRestart[0].kind",
            "rolloutRestart: [{kind: Job, name: a}]",
            "rolloutRestart: [{kind: DaemonSet, name: a}]",
            "supported values: \"Deployment\", \"StatefulSet\", \"DaemonSet\""
        ),
        new(
            Client,
            "spec.rolloutRestart",
            $"rolloutRestart: [{Workloads(17)}]",
            $"rolloutRestart: [{Workloads(16)}]",
            "must have at most 16 items"
        ),
        // Accounts.
        .. new[]
        {
            "http://api.carto.com",
            "https://user:password@api.carto.com",
            "https://user@api.carto.com",
            "https://api.carto.com?x=y",
            "https://api.carto.com#x",
            "https://api.carto.com/",
            "https://api.carto.com/a b",
            "https://",
            "api.carto.com",
            "HTTPS://api.carto.com",
            "https://api.carto.com:",
            "https://-.carto.com",
            "http://localhost.carto.com",
            "http://127.0.0.1@evil.com",
        }.Select(url => new RejectedSpec(
            Account,
            "spec.apiBaseUrl",
            $"apiBaseUrl: '{url}'",
            "apiBaseUrl: https://carto.example.com:8443/api",
            Url
        )),
        new(Account, "spec.apiBaseUrl", @"apiBaseUrl: ""https://api.carto.com\n""", "apiBaseUrl: http://localhost:8080", Url),
        new(Account, "spec.apiBaseUrl", @"apiBaseUrl: 'https://[::1'", "apiBaseUrl: 'https://[::1]:8443'", Url),
        new(Account, "spec.apiBaseUrl", @"apiBaseUrl: 'https://[fd00::7%25eth0]'", "apiBaseUrl: 'https://[FD00:10::7]/api'", Url),
        new(Account, "spec.apiBaseUrl", @"apiBaseUrl: 'http://[::2]'", "apiBaseUrl: 'http://[::1]:80'", Url),
        new(
            Account,
            "spec.auth.tokenUrl",
            "auth: {tokenUrl: 'http://auth.carto.com/oauth/token', accessToken: {secretRef: {name: a}}}",
            "auth: {tokenUrl: 'http://127.0.0.1:9/oauth/token', accessToken: {secretRef: {name: a}}}",
            Url
        ),
        new(Account, "spec.mcp.url", "mcp: {url: 'https://carto.com/mcp?key=1'}", "mcp: {url: 'https://carto.com/mcp/ac_1'}", Url),
        new(
            Account,
            "spec.auth.audience",
            "auth: {audience: a b, accessToken: {secretRef: {name: a}}}",
            "auth: {audience: 'https://a/', accessToken: {secretRef: {name: a}}}",
            "write the audience without spaces, such as carto-cloud-native-api"
        ),
        new(Account, "spec.auth", "auth: {}", "auth: {clientCredentials: {secretRef: {name: a}}}", OneCredential),
        new(
            Account,
            "spec.auth",
            "auth: {clientCredentials: {secretRef: {name: a}}, accessToken: {secretRef: {name: a}}}",
            "auth: {accessToken: {secretRef: {name: a}}}",
            OneCredential
        ),
        new(
            Account,
            "spec.auth",
            "auth: {clientCredentials: {secretRef: {name: a}}, accessToken: {secretRef: {name: a}}, refreshToken: {secretRef: {name: a}}}",
            "auth: {refreshToken: {secretRef: {name: a}}}",
            OneCredential
        ),
        new(
            Account,
            "spec.auth.clientCredentials",
            "auth: {clientCredentials: {secretRef: {name: a}, clientIdKey: k, clientSecretKey: k}}",
            "auth: {clientCredentials: {secretRef: {name: a}, clientIdKey: k, clientSecretKey: l}}",
            "clientIdKey and clientSecretKey are the same: write two different keys"
        ),
        new(
            Account,
            "spec.auth.clientCredentials.clientIdKey",
            "auth: {clientCredentials: {secretRef: {name: a}, clientIdKey: k l}}",
            "auth: {clientCredentials: {secretRef: {name: a}, clientIdKey: k.l}}",
            Key
        ),
        new(
            Account,
            "spec.auth.clientCredentials.clientSecretKey",
            "auth: {clientCredentials: {secretRef: {name: a}, clientSecretKey: k/l}}",
            "auth: {clientCredentials: {secretRef: {name: a}, clientSecretKey: k-l}}",
            Key
        ),
        new(
            Account,
            "spec.auth.clientCredentials.secretRef.name",
            "auth: {clientCredentials: {secretRef: {name: A}}}",
            "auth: {clientCredentials: {secretRef: {name: a}}}",
            Name
        ),
        new(
            Account,
            "spec.auth.clientCredentials.secretRef.name",
            "auth: {clientCredentials: {secretRef: {}}}",
            "auth: {clientCredentials: {secretRef: {name: a}}}",
            "Required value"
        ),
        new(
            Account,
            "spec.auth.accessToken.key",
            "auth: {accessToken: {secretRef: {name: a}, key: ..k}}",
            "auth: {accessToken: {secretRef: {name: a}, key: k}}",
            Key
        ),
        new(
            Account,
            "spec.auth.accessToken.secretRef.name",
            "auth: {accessToken: {secretRef: {name: a..b}}}",
            "auth: {accessToken: {secretRef: {name: a.b}}}",
            Name
        ),
        new(
            Account,
            "spec.auth.refreshToken",
            "auth: {refreshToken: {secretRef: {name: a}, clientIdKey: refreshToken}}",
            "auth: {refreshToken: {secretRef: {name: a}, clientIdKey: id}}",
            "clientIdKey and refreshTokenKey are the same: write two different keys"
        ),
        new(
            Account,
            "spec.auth.refreshToken.clientIdKey",
            "auth: {refreshToken: {secretRef: {name: a}, clientIdKey: ä}}",
            "auth: {refreshToken: {secretRef: {name: a}, clientIdKey: a}}",
            Key
        ),
        new(
            Account,
            "spec.auth.refreshToken.refreshTokenKey",
            "auth: {refreshToken: {secretRef: {name: a}, refreshTokenKey: '+'}}",
            "auth: {refreshToken: {secretRef: {name: a}, refreshTokenKey: '-'}}",
            Key
        ),
        new(
            Account,
            "spec.auth.refreshToken.secretRef.name",
            "auth: {refreshToken: {secretRef: {name: -a}}}",
            "auth: {refreshToken: {secretRef: {name: 0a}}}",
            Name
        ),
        new(Account, "spec.caBundle", "caBundle: {}", "caBundle: {configMapRef: {name: a}}", OneBundle),
        new(
            Account,
            "spec.caBundle",
            "caBundle: {configMapRef: {name: a}, secretRef: {name: a}}",
            "caBundle: {secretRef: {name: a}}",
            OneBundle
        ),
        new(
            Account,
            "spec.caBundle.configMapRef.name",
            "caBundle: {configMapRef: {name: a_b}}",
            "caBundle: {configMapRef: {name: kube-root-ca.crt}}",
            Name
        ),
        new(
            Account,
            "spec.caBundle.configMapRef.key",
            "caBundle: {configMapRef: {name: a, key: a/ca.crt}}",
            "caBundle: {configMapRef: {name: a, key: a.crt}}",
            Key
        ),
        new(Account, "spec.caBundle.secretRef.name", "caBundle: {secretRef: {name: a_b}}", "caBundle: {secretRef: {name: ab}}", Name),
        new(
            Account,
            "spec.caBundle.secretRef.key",
            "caBundle: {secretRef: {name: a, key: a/ca.crt}}",
            "caBundle: {secretRef: {name: a, key: a.crt}}",
            Key
        ),
        new(
            Account,
            "spec",
            $"{Http(Operations)}\nmcp: {{url: https://a.example.com/mcp}}",
            Http(Operations),
            "write mcp or http, not both: an account has one interface"
        ),
        new(Account, "spec.http.baseUrl", Http(Operations).Replace("https://", "ftp://", StringComparison.Ordinal), Http(Operations), Url),
        new(
            Account,
            "spec.http.operations",
            Http(Operations.Replace("${name}", "name", StringComparison.Ordinal)),
            Http(Operations),
            "create.body: write ${name} where the client's name goes"
        ),
        new(
            Account,
            "spec.http.operations",
            Http($"{Operations}, get: {{path: '/c', method: GET}}"),
            Http($"{Operations}, get: {{path: '/c/${{id}}', method: GET}}"),
            "get: write ${id} where the client's id goes, in path or body"
        ),
        new(
            Account,
            "spec.http.operations",
            Http($"{Operations}, rename: {{method: PATCH, path: '/c/${{id}}'}}"),
            Http($"{Operations}, rename: {{method: PATCH, path: '/c/${{id}}', body: '{{\"n\": \"${{name}}\"}}'}}"),
            "rename: write ${id} where the client's id goes, in path or body, and ${name} in body where its name goes"
        ),
        new(
            Account,
            "spec.http.operations",
            Http(Operations.Replace("/c/${id}", "/c", StringComparison.Ordinal)),
            Http(Operations),
            "delete: write ${id} where the client's id goes, in path or body"
        ),
        .. new[] { "create", "list", "get", "rename", "delete" }.Select(operation => new RejectedSpec(
            Account,
            $"spec.http.operations.{operation}.path",
            Http(Every.Replace($"{operation}: {{path: '/", $"{operation}: {{path: '/../", StringComparison.Ordinal)),
            Http(Every),
            "write a path that begins with '/', without spaces, '#' and '..'"
        )),
        new(
            Account,
            "spec.http.operations.create.method",
            Http(Operations.Replace("POST", "TRACE", StringComparison.Ordinal)),
            Http(Operations.Replace("POST", "PUT", StringComparison.Ordinal)),
            "supported values: \"GET\", \"POST\", \"PUT\", \"PATCH\", \"DELETE\""
        ),
        new(
            Account,
            "spec.http.paging.parameter",
            Http(Operations, ", paging: {parameter: a b, by: Page}"),
            Http(Operations, ", paging: {parameter: a, by: Page}"),
            "write the name of a query parameter, without spaces"
        ),
        new(
            Account,
            "spec.http.answers",
            Http(Operations, ", answers: {m2mType: m2m}"),
            Http(Operations, ", answers: {type: kind, m2mType: m2m}"),
            "write type, the field that holds the type of a client, beside m2mType"
        ),
        new(
            Account,
            "spec.mcp.answers",
            "mcp: {answers: {m2mType: m2m}}",
            "mcp: {answers: {type: kind, m2mType: m2m}}",
            "write type, the field that holds the type of a client, beside m2mType"
        ),
        new(
            Account,
            "spec.mcp.operations.create.tool",
            "mcp: {operations: {create: {tool: ''}}}",
            "mcp: {operations: {create: {tool: t}}}",
            "should be at least 1 chars long"
        ),
        new(Account, "spec.requestsPerSecond", "requestsPerSecond: 0", "requestsPerSecond: 1", "should be greater than or equal to 1"),
        new(Account, "spec.requestsPerSecond", "requestsPerSecond: 101", "requestsPerSecond: 100", "should be less than or equal to 100"),
        new(Account, "spec.driftCheckInterval", "driftCheckInterval: 59s", "driftCheckInterval: 1m", Duration("1m")),
        new(Account, "spec.driftCheckInterval", "driftCheckInterval: 1.5h", "driftCheckInterval: 1h30m", Duration("1m")),
        // What only a cluster account has.
        new(
            ClusterAccount,
            "spec.auth.clientCredentials.secretRef.namespace",
            "auth: {clientCredentials: {secretRef: {name: a, namespace: a.b}}}",
            "auth: {clientCredentials: {secretRef: {name: a, namespace: a-b}}}",
            NamespaceName
        ),
        new(
            ClusterAccount,
            "spec.auth.accessToken.secretRef.namespace",
            "auth: {accessToken: {secretRef: {name: a, namespace: A}}}",
            "auth: {accessToken: {secretRef: {name: a, namespace: a}}}",
            NamespaceName
        ),
        new(
            ClusterAccount,
            "spec.auth.refreshToken.secretRef.namespace",
            "auth: {refreshToken: {secretRef: {name: a, namespace: a-}}}",
            "auth: {refreshToken: {secretRef: {name: a, namespace: a--b}}}",
            NamespaceName
        ),
        new(
            ClusterAccount,
            "spec.caBundle.configMapRef.namespace",
            "caBundle: {configMapRef: {name: a, namespace: a_b}}",
            "caBundle: {configMapRef: {name: a, namespace: ab}}",
            NamespaceName
        ),
        new(
            ClusterAccount,
            "spec.caBundle.secretRef.namespace",
            "caBundle: {secretRef: {name: a, namespace: a_b}}",
            "caBundle: {secretRef: {name: a, namespace: ab}}",
            NamespaceName
        ),
        new(
            ClusterAccount,
            "spec.allowedNamespaces.names[0]",
            "allowedNamespaces: {names: ['*']}",
            "allowedNamespaces: {names: [etl]}",
            NamespaceName
        ),
        new(
            ClusterAccount,
            "spec.allowedNamespaces.names[1]",
            "allowedNamespaces: {names: [a, a]}",
            "allowedNamespaces: {names: [a, b]}",
            "Duplicate value: \"a\""
        ),
        new(ClusterAccount, "spec.adoption.clientIds[0]", "adoption: {clientIds: ['a b']}", "adoption: {clientIds: [aB3_-x]}", ClientId),
        new(
            ClusterAccount,
            "spec.adoption.clientIds[1]",
            "adoption: {clientIds: [a, a]}",
            "adoption: {clientIds: [a, b]}",
            "Duplicate value: \"a\""
        ),
        new(
            ClusterAccount,
            "spec.adoption.clientIds",
            $"adoption: {{clientIds: [{Numbered(257)}]}}",
            $"adoption: {{clientIds: [{Numbered(256)}]}}",
            "must have at most 256 items"
        ),
        new(
            ClusterAccount,
            "spec.adoption.names[0]",
            "adoption: {names: ['']}",
            "adoption: {names: ['*']}",
            "should be at least 1 chars long"
        ),
        new(ClusterAccount, "spec.adoption.names[0]", @"adoption: {names: [""a\tb""]}", "adoption: {names: [' Añoñ ☂ (?)*']}", AdoptedName),
        new(ClusterAccount, "spec.adoption.names[0]", "adoption: {names: ['<b>']}", "adoption: {names: ['[b]']}", AdoptedName),
        new(
            ClusterAccount,
            "spec.adoption.names",
            $"adoption: {{names: [{Numbered(65)}]}}",
            $"adoption: {{names: [{Numbered(64)}]}}",
            "must have at most 64 items"
        ),
        new(
            ClusterAccount,
            "spec.allowedNamespaces.selector.matchExpressions[0].values",
            "allowedNamespaces: {selector: {matchExpressions: [{key: a, operator: NotIn}]}}",
            "allowedNamespaces: {selector: {matchExpressions: [{key: a, operator: NotIn, values: [b]}]}}",
            SelectorValues
        ),
    ];

    private static string Duration(string minimum) =>
        $"write a duration of at least {minimum}, such as 90d, 24h or 1h30m; the units are w, d, h, m and s, in that order";

    private static string Of(char letter, int count) => new(letter, count);

    private static string Numbered(int count) => string.Join(", ", Enumerable.Range(1, count).Select(number => $"'{number}'"));

    private static string Workloads(int count) => string.Join(", ", Enumerable.Repeat("{kind: Deployment, name: a}", count));

    private const string Operations =
        "create: {path: '/c', method: POST, body: '{\"n\": \"${name}\"}'}, list: {path: '/c', method: GET}, "
        + "delete: {path: '/c/${id}', method: DELETE}";

    private const string Every =
        Operations + ", get: {path: '/c/${id}', method: GET}, rename: {path: '/c/${id}', method: PATCH, body: '{\"n\": \"${name}\"}'}";

    private static string Http(string operations, string more = "") =>
        $"http: {{baseUrl: https://a.example.com, operations: {{{operations}}}{more}}}";
}
