package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"apiserver/openapi"

	restful "github.com/emicklei/go-restful/v3"
	nooptrace "go.opentelemetry.io/otel/trace/noop"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	crdv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	crdserver "k8s.io/apiextensions-apiserver/pkg/apiserver"
	crdoptions "k8s.io/apiextensions-apiserver/pkg/cmd/server/options"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/authentication/authenticator"
	"k8s.io/apiserver/pkg/authentication/group"
	"k8s.io/apiserver/pkg/authentication/request/anonymous"
	"k8s.io/apiserver/pkg/authentication/request/bearertoken"
	authunion "k8s.io/apiserver/pkg/authentication/request/union"
	"k8s.io/apiserver/pkg/authentication/token/tokenfile"
	tokenunion "k8s.io/apiserver/pkg/authentication/token/union"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/authorization/authorizerfactory"
	authzunion "k8s.io/apiserver/pkg/authorization/union"
	"k8s.io/apiserver/pkg/endpoints/discovery/aggregated"
	openapinamer "k8s.io/apiserver/pkg/endpoints/openapi"
	"k8s.io/apiserver/pkg/registry/rest"
	genericapiserver "k8s.io/apiserver/pkg/server"
	genericoptions "k8s.io/apiserver/pkg/server/options"
	serverstorage "k8s.io/apiserver/pkg/server/storage"
	"k8s.io/apiserver/pkg/storage/storagebackend"
	"k8s.io/apiserver/pkg/util/webhook"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	restclient "k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/kube-openapi/pkg/builder3"
	"k8s.io/kube-openapi/pkg/common/restfuladapter"
)

const readyLimit = 30 * time.Second

type serverConfig struct {
	etcd  string
	port  int
	data  string
	users []testUser
}

// server is the built-in kinds' server with the custom resources' server behind it, on one port and one etcd.
type server struct {
	url, caFile string

	cfg    *genericapiserver.Config
	loop   *restclient.Config
	kube   kubernetes.Interface
	shared informers.SharedInformerFactory
	tokens *tokens
	authn  authenticator.Request
	etcd   storagebackend.TransportConfig

	crds  *crdserver.CustomResourceDefinitions
	front *genericapiserver.GenericAPIServer
}

func newServer(c serverConfig) (*server, error) {
	s := &server{}
	s.etcd.ServerList = []string{c.etcd}
	for _, step := range []func(serverConfig) error{
		s.configure, s.listen, s.authenticate, s.authorize, s.store, s.describe, s.admit, s.addCustomResources, s.addBuiltIns,
	} {
		if err := step(c); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// run serves until ctx ends.
func (s *server) run(ctx context.Context) error {
	prepared := s.front.PrepareRun()
	if err := s.mergeOpenAPI(); err != nil {
		return err
	}
	return prepared.RunWithContext(ctx)
}

// waitReady returns true once /readyz says so, and false with the error when the server ended before.
func (s *server) waitReady(ctx context.Context, served <-chan error) (bool, error) {
	limit := time.After(readyLimit)
	for {
		attempt, cancel := context.WithTimeout(ctx, 2*time.Second)
		last := s.kube.Discovery().RESTClient().Get().AbsPath("/readyz").Do(attempt).Error()
		cancel()
		if last == nil {
			return true, nil
		}
		select {
		case err := <-served:
			return false, err
		case <-ctx.Done():
			return false, ctx.Err()
		case <-limit:
			return false, fmt.Errorf("not ready within %v: %w", readyLimit, last)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func (s *server) configure(serverConfig) error {
	opts := genericoptions.NewServerRunOptions()
	opts.AdvertiseAddress = net.ParseIP("127.0.0.1")
	if err := opts.Complete(); err != nil {
		return err
	}
	s.cfg = genericapiserver.NewConfig(codecs)
	if err := opts.ApplyTo(s.cfg); err != nil {
		return err
	}
	s.cfg.EnableProfiling = false
	// Debian's go-restful is older than the one Kubernetes pins and does not match a trailing slash (the C# client asks
	// for /version/).
	s.cfg.BuildHandlerChainFunc = func(h http.Handler, c *genericapiserver.Config) http.Handler {
		h = genericapiserver.DefaultBuildHandlerChain(h, c)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if len(r.URL.Path) > 1 {
				r.URL.Path = strings.TrimSuffix(r.URL.Path, "/")
			}
			h.ServeHTTP(w, r)
		})
	}
	s.cfg.AggregatedDiscoveryGroupManager = aggregated.NewResourceManager("apis")
	return nil
}

func (s *server) listen(c serverConfig) error {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", c.port))
	if err != nil {
		return err
	}
	secure := genericoptions.NewSecureServingOptions()
	secure.Listener = listener
	secure.ServerCert.CertDirectory, secure.ServerCert.PairName = filepath.Join(c.data, "pki"), "apiserver"
	if err := secure.MaybeDefaultWithSelfSignedCerts("localhost", []string{"kubernetes.default.svc"}, []net.IP{net.ParseIP("127.0.0.1")}); err != nil {
		return err
	}
	if err := secure.WithLoopback().ApplyTo(&s.cfg.SecureServing, &s.cfg.LoopbackClientConfig); err != nil {
		return err
	}
	s.url = "https://" + listener.Addr().String()
	s.caFile = secure.ServerCert.CertKey.CertFile // the server's certificate and, after it, that of the CA that signed it
	s.loop = s.cfg.LoopbackClientConfig
	s.loop.QPS, s.loop.Burst = 2000, 4000 // the collector and many namespaces that end at a time must not wait for each other
	if s.kube, err = kubernetes.NewForConfig(s.loop); err != nil {
		return err
	}
	s.shared = informers.NewSharedInformerFactory(s.kube, 10*time.Minute)
	return nil
}

// authenticate knows the users' tokens, service-account tokens, and everybody else as anonymous.
func (s *server) authenticate(c serverConfig) (err error) {
	if s.tokens, err = newTokens(filepath.Join(c.data, "sa.key")); err != nil {
		return err
	}
	bearer := bearertoken.New(tokenunion.New(tokenfile.New(static(c.users)), s.tokens))
	s.authn = authunion.New(group.NewAuthenticatedGroupAdder(bearer), anonymous.NewAuthenticator(nil))
	s.cfg.Authentication.Authenticator = s.authn
	return nil
}

// authorize lets the privileged group do everything and asks RBAC about the others.
func (s *server) authorize(serverConfig) error {
	r := s.shared.Rbac().V1()
	s.cfg.Authorization.Authorizer = authzunion.New(authorizerfactory.NewPrivilegedGroups(user.SystemPrivilegedGroup),
		&rbacAuthorizer{r.Roles().Lister(), r.RoleBindings().Lister(), r.ClusterRoles().Lister(), r.ClusterRoleBindings().Lister()})
	return nil
}

func (s *server) store(serverConfig) error {
	backend := storagebackend.NewDefaultConfig("/registry", codecs.LegacyCodec(builtInVersions()...))
	backend.Transport = s.etcd
	return genericoptions.NewEtcdOptions(backend).ApplyTo(s.cfg)
}

// describe gives the server the schemas that openapi-gen made from k8s.io/api.
func (s *server) describe(serverConfig) error {
	namer := openapinamer.NewDefinitionNamer(scheme, crdserver.Scheme)
	s.cfg.OpenAPIConfig = genericapiserver.DefaultOpenAPIConfig(openapi.GetOpenAPIDefinitions, namer)
	s.cfg.OpenAPIV3Config = genericapiserver.DefaultOpenAPIV3Config(openapi.GetOpenAPIDefinitions, namer)
	return nil
}

// admit leaves one admission plugin on: the life cycle of namespaces.
func (s *server) admit(serverConfig) error {
	adm := genericoptions.NewAdmissionOptions()
	adm.DisablePlugins = []string{"MutatingAdmissionPolicy", "MutatingAdmissionWebhook", "ValidatingAdmissionPolicy", "ValidatingAdmissionWebhook"}
	dyn, err := dynamic.NewForConfig(s.loop)
	if err != nil {
		return err
	}
	return adm.ApplyTo(s.cfg, s.shared, s.kube, dyn, s.cfg.FeatureGate, s.cfg.EffectiveVersion)
}

// addCustomResources makes the custom resources' server, the end of the chain.
func (s *server) addCustomResources(serverConfig) (err error) {
	cfg := *s.cfg
	cfg.PostStartHooks = map[string]genericapiserver.PostStartHookConfigEntry{}
	backend := storagebackend.NewDefaultConfig("/registry", crdserver.Codecs.LegacyCodec(crdv1.SchemeGroupVersion))
	backend.Transport = s.etcd
	etcd := genericoptions.NewEtcdOptions(backend)
	etcd.SkipHealthEndpoints = true
	if err := etcd.ApplyTo(&cfg); err != nil {
		return err
	}
	cfg.MergedResourceConfig = crdserver.DefaultAPIResourceConfigSource()
	crdConfig := &crdserver.Config{
		GenericConfig: &genericapiserver.RecommendedConfig{Config: cfg, SharedInformerFactory: s.shared},
		ExtraConfig: crdserver.ExtraConfig{
			CRDRESTOptionsGetter: crdoptions.NewCRDRESTOptionsGetter(*etcd, nil, s.cfg.StorageObjectCountTracker),
			MasterCount:          1,
			ServiceResolver:      webhook.NewDefaultServiceResolver(),
			AuthResolverWrapper:  webhook.NewDefaultAuthenticationInfoResolverWrapper(nil, nil, s.loop, nooptrace.NewTracerProvider()),
		},
	}
	s.crds, err = crdConfig.Complete().New(genericapiserver.NewEmptyDelegate())
	return err
}

// addBuiltIns makes the built-in kinds' server, the front of the chain.
func (s *server) addBuiltIns(serverConfig) (err error) {
	s.cfg.SkipOpenAPIInstallation = true
	s.cfg.MergedResourceConfig = serverstorage.NewResourceConfig()
	if s.front, err = s.cfg.Complete(s.shared).New("apiserver", s.crds.GenericAPIServer); err != nil {
		return err
	}
	groups := map[schema.GroupVersion]map[string]rest.Storage{}
	for _, r := range resources {
		if groups[r.gv] == nil {
			groups[r.gv] = map[string]rest.Storage{}
		}
		if err := r.install(s.cfg.RESTOptionsGetter, groups[r.gv]); err != nil {
			return err
		}
	}
	s.tokens.accounts = groups[core]["serviceaccounts"].(REST).Store
	groups[core]["serviceaccounts/token"] = tokenREST{s.tokens}
	groups[events] = map[string]rest.Storage{"events": groups[core]["events"]}
	groups[authorizationv1.SchemeGroupVersion] = accessReviews(s.cfg.Authorization.Authorizer)
	groups[authenticationv1.SchemeGroupVersion] = identityReviews(s.authn)
	versions := append(builtInVersions(), events, authorizationv1.SchemeGroupVersion, authenticationv1.SchemeGroupVersion)
	for _, gv := range versions {
		info := genericapiserver.NewDefaultAPIGroupInfo(gv.Group, scheme, params, codecs)
		info.VersionedResourcesStorageMap[gv.Version] = groups[gv]
		if gv.Group == "" {
			err = s.front.InstallLegacyAPIGroup("/api", &info)
		} else {
			err = s.front.InstallAPIGroup(&info)
		}
		if err != nil {
			return fmt.Errorf("%v: %w", gv, err)
		}
	}
	if err := s.listCustomGroups(); err != nil {
		return err
	}
	_ = s.shared.Core().V1().ServiceAccounts().Informer() // asked for before the factory starts
	return s.front.AddPostStartHook("bootstrap", s.startControllers)
}

// startControllers makes what every cluster has and starts what a controller manager runs.
func (s *server) startControllers(h genericapiserver.PostStartHookContext) error {
	if err := bootstrap(h, s.kube); err != nil {
		return err
	}
	objects, err := metadata.NewForConfig(s.loop)
	if err != nil {
		return err
	}
	s.shared.WaitForCacheSync(h.Done())
	go (&namespaceController{kube: s.kube, objects: objects, shared: s.shared}).run(h)
	go newCollector(objects).run(h, s.kube.Discovery())
	return nil
}

// builtInVersions are the group versions of the stored built-in kinds, each once, in the order of the table.
func builtInVersions() (versions []schema.GroupVersion) {
	for _, r := range resources {
		if !slices.Contains(versions, r.gv) {
			versions = append(versions, r.gv)
		}
	}
	return versions
}

// listCustomGroups keeps the groups of the custom resources in the front's unaggregated discovery.
func (s *server) listCustomGroups() error {
	add := func(name, version string) {
		v := metav1.GroupVersionForDiscovery{GroupVersion: name + "/" + version, Version: version}
		s.front.DiscoveryGroupManager.AddGroup(metav1.APIGroup{Name: name, Versions: []metav1.GroupVersionForDiscovery{v}, PreferredVersion: v})
	}
	add(crdv1.GroupName, "v1")
	_, err := s.crds.Informers.Apiextensions().V1().CustomResourceDefinitions().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(o any) {
			for _, v := range o.(*crdv1.CustomResourceDefinition).Spec.Versions {
				if v.Served {
					add(o.(*crdv1.CustomResourceDefinition).Spec.Group, v.Name)
					break
				}
			}
		},
	})
	return err
}

// mergeOpenAPI makes one OpenAPI document of both servers: the one behind serves it, the front's groups are added.
func (s *server) mergeOpenAPI() error {
	for _, ws := range s.front.Handler.GoRestfulContainer.RegisteredWebServices() {
		path := strings.TrimPrefix(ws.RootPath(), "/")
		if root, _, _ := strings.Cut(path, "/"); root != "api" && root != "apis" {
			continue
		}
		spec, err := builder3.BuildOpenAPISpecFromRoutes(restfuladapter.AdaptWebServices([]*restful.WebService{ws}), s.cfg.OpenAPIV3Config)
		if err != nil {
			return err
		}
		s.crds.GenericAPIServer.OpenAPIV3VersionedService.UpdateGroupVersion(path, spec)
	}
	return nil
}
