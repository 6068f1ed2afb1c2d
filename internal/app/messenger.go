package app

import (
	"okoshko/internal/config"
	"okoshko/internal/mail"
	"okoshko/internal/notices"
	"okoshko/internal/push"
)

// makeMessenger makes what writes to the owners of wishes, by the channels that are configured.
func (a *App) makeMessenger(p *parts) error {
	if !p.cfg.Waiting.On || p.messenger != nil || p.cfg.Mail.Host == "" && p.cfg.Push.Subject == "" {
		return nil
	}
	options := notices.Options{Catalog: p.read, Texts: p.words, Now: p.now, Origin: func() string { return a.origin(p.cfg) }}
	var err error
	if p.cfg.Mail.Host != "" {
		options.Mail, err = mail.New(mail.Options{
			Host: p.cfg.Mail.Host, Port: p.cfg.Mail.Port, User: p.cfg.Mail.User, Password: p.cfg.Mail.Password, From: p.cfg.Mail.From,
			Security: mail.Security(p.cfg.Mail.TLS), Now: p.now,
		})
		if err != nil {
			return err
		}
	}
	if p.cfg.Push.Subject != "" {
		settings := push.Options{Subject: p.cfg.Push.Subject}
		if settings.Key, err = pushKey(p.cfg, p.kept); err != nil {
			return err
		}
		if p.lines.Push != nil {
			p.lines.Push(&settings)
		}
		if options.Push, err = push.New(settings); err != nil {
			return err
		}
		p.pushKey = options.Push.PublicKey()
		a.onClose(options.Push.Close)
	}
	p.messenger = notices.New(options)
	return nil
}

// origin is where links in messages lead; "" until the program listens where no public address is configured.
func (a *App) origin(cfg config.Config) string {
	if cfg.Server.PublicURL != "" {
		return cfg.Server.PublicURL
	}
	if reached := a.reached.Load(); reached != nil {
		return *reached
	}
	return ""
}
