package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"tundish/cmd/tundish/app"
	"tundish/config"
	"tundish/config/lang"
)

// standing reads the settings for a hub, which starts on what was published when files of
// the folder are wrong: what is wrong is told then, and it is no error.
func (c *cli) standing(ctx context.Context, more ...config.Override) (s *app.Settings, wrong string, err error) {
	s, err = app.ReadSettings(c.configPath(), append(c.overrides(), more...)...)
	c.speak(s)
	var mistakes *lang.Problems
	if !errors.As(err, &mistakes) {
		return s, "", err
	}
	if published, no := s.Standing(ctx); no == nil {
		c.speak(published)
		return published, mistakes.In(c.lang), nil
	}
	return nil, "", err
}

func (c *cli) serve() *cobra.Command {
	var listen, level string
	cmd := &cobra.Command{
		Use:     "serve",
		Short:   c.t("Runs the hub", "运行枢纽"),
		Example: "  tundish serve --config config/tundish.yaml\n  TUNDISH_LISTEN_ADDRESS=127.0.0.1:9000 tundish serve",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var more []config.Override
			if listen != "" {
				more = append(more, config.Override{Key: "listen.address", Text: listen, From: "--listen"})
			}
			if level != "" {
				more = append(more, config.Override{Key: "log.level", Text: level, From: "--log-level"})
			}
			s, wrong, err := c.standing(cmd.Context(), more...)
			if err != nil {
				return err
			}
			log, err := app.NewLog(s.Config.Log)
			if err != nil {
				return err
			}
			if wrong != "" {
				log.Error("the folder of the settings holds mistakes; the hub starts on what was published", zap.String("mistakes", wrong))
			}
			defer func() { _ = log.Sync() }() // standard error cannot always be synced, and nothing is lost
			for _, w := range s.Warnings.Findings(c.lang) {
				log.Warn(w.String())
			}
			st, err := s.Prepare(cmd.Context())
			if err != nil {
				return err
			}
			defer func() {
				if err := st.Close(); err != nil {
					log.Error("close the store", zap.Error(err))
				}
			}()
			advice, err := st.Advice(cmd.Context())
			if err != nil {
				return err
			}
			for _, a := range advice {
				log.Warn(c.say(a), zap.String("code", a.Code))
			}
			hub, err := app.New(cmd.Context(), s, st, log)
			if err != nil {
				return err
			}
			defer hub.Close()
			fmt.Fprintf(c.out, "listening on %s\n", hub.Addr())
			return hub.Run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", c.t("address to listen on", "监听地址"))
	cmd.Flags().StringVar(&level, "log-level", "", "debug, info, warn, error")
	return cmd
}
